package import ArgumentParser

/// A section of the table, as a type, so that help can give each its own heading.
package protocol SettingsSection {
    /// The name of the table in the file.
    static var name: String { get }
}

/// `[model]`
package enum ModelSection: SettingsSection { package static let name = "model" }
/// `[http]`
package enum HTTPSection: SettingsSection { package static let name = "http" }
/// `[engine]`
package enum EngineSection: SettingsSection { package static let name = "engine" }
/// `[sampling]`
package enum SamplingSection: SettingsSection { package static let name = "sampling" }
/// `[messages]`
package enum MessagesSection: SettingsSection { package static let name = "messages" }
/// `[reasoning]`
package enum ReasoningSection: SettingsSection { package static let name = "reasoning" }
/// `[structured]`
package enum StructuredSection: SettingsSection { package static let name = "structured" }
/// `[tools]`
package enum ToolsSection: SettingsSection { package static let name = "tools" }
/// `[api]`
package enum APISection: SettingsSection { package static let name = "api" }
/// `[chat]`
package enum ChatSection: SettingsSection { package static let name = "chat" }
/// `[shutdown]`
package enum ShutdownSection: SettingsSection { package static let name = "shutdown" }
/// `[process]`
package enum ProcessSection: SettingsSection { package static let name = "process" }
/// `[log]`
package enum LogSection: SettingsSection { package static let name = "log" }

/// The flags of one section, made from its rows. Help shows those with a short name; `--help-hidden` shows all.
///
/// The argument parser finds options by reflection over property wrappers; here the mirror is built from
/// the table instead, so that a row is all it takes to have a flag with its help.
package struct SectionFlags<Section: SettingsSection>: ParsableArguments, CustomReflectable {
    /// What was given: values by the name of the flag, without dashes.
    package private(set) var given: [String: String] = [:]

    /// Nothing given.
    package init() {}

    /// Takes what the argument parser found.
    /// - Throws: what the argument parser throws.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: FlagKey.self)
        for row in Self.rows {
            for flag in row.flags {
                let option = try container.decode(Option<String?>.self, forKey: FlagKey(stringValue: flag))
                given[flag] = option.wrappedValue
            }
        }
    }

    /// One option for each flag; the short name carries the help, the long one stands beside it.
    package var customMirror: Mirror {
        let children = Self.rows.flatMap { row in
            row.flags.map { flag in (label: "_" + flag as String?, value: Self.option(row, flag) as Any) }
        }
        return Mirror(self, children: children)
    }

    private static var rows: [Setting] { SettingsTable.rows.filter { $0.section == Section.name } }

    private static func option(_ row: Setting, _ flag: String) -> Option<String?> {
        let defaults = row.rendered(in: Configuration())
        let text =
            flag == row.flags.first
            ? "\(row.help) (\(row.domain); default: \(defaults))" : "The same as --\(row.flags[0])."
        let isShort = flag == row.flags.first
        var names = [NameSpecification.Element.customLong(flag)]
        if isShort, let letter = row.letter { names.append(.customShort(letter)) }
        let help = ArgumentHelp(stringLiteral: text).named(row.placeholder).shown(isShort && row.alias != nil)
        return Option<String?>(name: NameSpecification(names), help: help)
    }
}

extension ArgumentHelp {
    /// The same help with the word for its value.
    fileprivate func named(_ word: String) -> ArgumentHelp {
        var help = self
        help.valueName = word
        return help
    }

    /// The same help, in the short list or in the long one only.
    fileprivate func shown(_ isShown: Bool) -> ArgumentHelp {
        var help = self
        help.visibility = isShown ? .default : .hidden
        return help
    }
}

/// A flag's name as a coding key.
private struct FlagKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
}

/// All settings as flags, one group for each section.
package struct SettingsFlags: ParsableArguments {
    /// `[model]`
    @OptionGroup(title: "Model") package var model: SectionFlags<ModelSection>
    /// `[http]`
    @OptionGroup(title: "HTTP") package var http: SectionFlags<HTTPSection>
    /// `[engine]`
    @OptionGroup(title: "Engine") package var engine: SectionFlags<EngineSection>
    /// `[sampling]`
    @OptionGroup(title: "Sampling") package var sampling: SectionFlags<SamplingSection>
    /// `[messages]`
    @OptionGroup(title: "Messages") package var messages: SectionFlags<MessagesSection>
    /// `[reasoning]`
    @OptionGroup(title: "Reasoning") package var reasoning: SectionFlags<ReasoningSection>
    /// `[structured]`
    @OptionGroup(title: "Structured output") package var structured: SectionFlags<StructuredSection>
    /// `[tools]`
    @OptionGroup(title: "Tools") package var tools: SectionFlags<ToolsSection>
    /// `[api]`
    @OptionGroup(title: "API") package var api: SectionFlags<APISection>
    /// `[shutdown]`
    @OptionGroup(title: "Shutdown") package var shutdown: SectionFlags<ShutdownSection>
    /// `[process]`
    @OptionGroup(title: "Process") package var process: SectionFlags<ProcessSection>
    /// `[log]`
    @OptionGroup(title: "Log") package var log: SectionFlags<LogSection>

    /// Nothing given.
    package init() {}

    /// What was given: values by the name of the flag, without dashes.
    package var given: [String: String] {
        [
            model.given, http.given, engine.given, sampling.given, messages.given, reasoning.given,
            structured.given, tools.given, api.given, shutdown.given, process.given, log.given,
        ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }
}
