package import Engine
package import Kernels
package import Models
package import OpenAI
package import Service
package import Settings
package import Telemetry

/// Every setting that is one word of a list, as the type that the module takes: the only place where words get their
/// meaning. All are read together, so a word without a meaning is found at the start and not when it is first needed.
package struct Choices: Sendable, Equatable {
    /// `model.quantize`
    package let quantisation: Quantisation
    /// `http.absorb_retries`
    package let absorbedRetries: RetrySettings.Mode
    /// `engine.instruction_set`; nil: `auto`.
    package let instructionSet: InstructionSet?
    /// `engine.activations`
    package let activations: ActivationFormat
    /// `engine.speculative`
    package let speculation: SpeculationKind
    /// `engine.draft_hidden`
    package let draftHidden: DraftHiddenState
    /// `engine.kv_format`
    package let kvFormat: KVFormat
    /// `messages.control_tokens`
    package let readsControlTokens: Bool
    /// `messages.system`
    package let joinsSystem: Bool
    /// `reasoning.split`
    package let reasoningSplit: ReasoningSettings.Mode
    /// `reasoning.field`
    package let reasoningFields: ReasoningFields
    /// `structured.whitespace`
    package let allowsWhitespace: Bool
    /// `structured.additional_properties`
    package let allowsAdditional: Bool
    /// `tools.format`
    package let toolFormat: ToolFormatChoice
    /// `api.priority`
    package let priority: PriorityRule
    /// `log.level`
    package let logLevel: Log.Level
    /// `log.format`
    package let logFormat: LogFormat

    /// Looks every word up.
    /// - Throws: ``ServingError/setting(_:)`` that names the first setting whose word has no meaning.
    package init(_ settings: Configuration) throws(ServingError) {
        do throws(SettingsError) {
            quantisation = try settings.choice(\.model.quantize)
            absorbedRetries = try settings.choice(\.http.absorbRetries)
            instructionSet = try settings.choice(\.engine.instructionSet) { word -> InstructionSet?? in
                word == "auto" ? .some(nil) : InstructionSet(rawValue: word).map { .some($0) }
            }
            activations = try settings.choice(\.engine.activations)
            speculation = try settings.choice(\.engine.speculative)
            draftHidden = try settings.choice(\.engine.draftHidden)
            kvFormat = try settings.choice(\.engine.kvFormat)
            readsControlTokens = try settings.choice(\.messages.controlTokens) { ["tokens": true, "text": false][$0] }
            joinsSystem = try settings.choice(\.messages.system) { ["join": true, "strict": false][$0] }
            reasoningSplit = try settings.choice(\.reasoning.split)
            reasoningFields = try settings.choice(\.reasoning.field)
            allowsWhitespace = try settings.choice(\.structured.whitespace) {
                ["flexible": true, "compact": false][$0]
            }
            allowsAdditional = try settings.choice(\.structured.additionalProperties) {
                ["open": true, "closed": false][$0]
            }
            toolFormat = try settings.choice(\.tools.format) { ToolFormatChoice(name: $0) }
            priority = try settings.choice(\.api.priority)
            logLevel = try settings.choice(\.log.level)
            logFormat = try settings.choice(\.log.format)
        } catch {
            throw .setting(error.description)
        }
    }
}
