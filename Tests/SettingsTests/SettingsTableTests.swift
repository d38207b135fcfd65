import Settings
import Testing

@Suite struct SettingsTableTests {
    @Test func everyStoredPropertyHasARow() {
        var keys: [String] = []
        for section in Mirror(reflecting: Configuration()).children {
            for property in Mirror(reflecting: section.value).children {
                keys.append(Self.snake(section.label ?? "") + "." + Self.snake(property.label ?? ""))
            }
        }
        #expect(keys.sorted() == SettingsTable.rows.map(\.key).sorted())
    }

    @Test func namesAreUnique() {
        let flags = SettingsTable.rows.flatMap(\.flags)
        let variables = SettingsTable.rows.flatMap(\.variables)
        #expect(Set(flags).count == flags.count)
        #expect(Set(variables).count == variables.count)
        #expect(!variables.contains(ResolvedSettings.fileVariable))
        #expect(!variables.contains { $0.hasPrefix(ResolvedSettings.testPrefix) })
    }

    @Test func everyRowStandsInAListedSection() {
        let sections = SettingsTable.sections.map(\.name)
        #expect(SettingsTable.rows.allSatisfy { sections.contains($0.section) })
    }

    @Test(arguments: SettingsTable.rows.map(\.key))
    func aRowRoundTripsThroughFlagVariableAndFile(key: String) throws {
        let row = try #require(SettingsTable.row(key))
        let value = Self.otherValue(of: row)
        var wanted = Configuration()
        try row.assign(value, to: &wanted)
        #expect(wanted != Configuration(), "the sample must differ from the default")
        for flag in row.flags {
            #expect(try ResolvedSettings(file: nil, environment: [:], flags: [flag: value]).configuration == wanted)
        }
        for variable in row.variables {
            let settings = try ResolvedSettings(file: nil, environment: [variable: value], flags: [:])
            #expect(settings.configuration == wanted)
            #expect(settings.origin(of: key) == .variable(variable))
        }
        let text = "[\(row.section)]\n\(row.name) = \(row.rendered(in: wanted))\n"
        let file = try SettingsFile(text: text, path: "a.toml")
        #expect(try ResolvedSettings(file: file, environment: [:], flags: [:]).configuration == wanted)
    }

    @Test(arguments: SettingsTable.rows.map(\.key))
    func aValueOutsideItsDomainIsRefusedByName(key: String) throws {
        let row = try #require(SettingsTable.row(key))
        var configuration = Configuration()
        for text in Self.badValues(of: row) {
            let error = #expect(throws: SettingsError.self) { try row.assign(text, to: &configuration) }
            #expect(error?.description.contains(key) == true)
        }
        #expect(configuration == Configuration())
    }

    @Test func house7_aWordWithoutAMeaningIsNamedWithItsSetting() throws {
        enum Level: String { case info }
        var settings = Configuration()
        let level: Level = try settings.choice(\.log.level)
        #expect(level == .info)
        for row in SettingsTable.rows {
            guard case .choice(let path, _) = row.kind else { continue }
            settings[keyPath: path] = "mispelt"
            let error = #expect(throws: SettingsError.self) { try settings.choice(path) { Level(rawValue: $0) } }
            #expect(error?.description == "\(row.key): no part of this program knows 'mispelt'")
        }
    }

    @Test(arguments: [("Q4_K_M", "q4_k"), ("q5_k_m", "q5_k"), ("Q8_0", "q8_0"), ("bf16", "bf16")])
    func firstHour_quantisationsAreNamedAsOtherProgramsNameThem(_ text: String, _ word: String) throws {
        let settings = try ResolvedSettings(file: nil, environment: [:], flags: ["quantize": text])
        #expect(settings.configuration.model.quantize == word)
    }

    private static func snake(_ name: String) -> String {
        let characters = Array(name)
        return characters.indices.map { i in
            let startsWord = i > 0 && characters[i].isUppercase && !characters[i - 1].isUppercase
            return (startsWord ? "_" : "") + characters[i].lowercased()
        }.joined()
    }

    private static func otherValue(of row: Setting) -> String {
        switch row.kind {
        case .integer(let path, let range), .bytes(let path, let range):
            String(Configuration()[keyPath: path] == range.upperBound ? range.lowerBound : range.upperBound)
        case .number(let path, let range):
            String(Configuration()[keyPath: path] == range.upperBound ? range.lowerBound : range.upperBound)
        case .toggle(let path): String(!Configuration()[keyPath: path])
        case .text: #"a "quoted" \ text"#
        case .choice(let path, let words): words.first { $0 != Configuration()[keyPath: path] } ?? ""
        }
    }

    private static func badValues(of row: Setting) -> [String] {
        switch row.kind {
        case .integer(_, let range):
            ["", "x", "1.5", "99999999999999999999", String(range.lowerBound - 1), String(range.upperBound + 1)]
        case .bytes(_, let range): ["", "x", "-1KiB", "99999999999TiB", "MiB", String(range.upperBound + 1)]
        case .number(_, let range): ["", "x", "nan", "inf", String(range.lowerBound - 1), String(range.upperBound + 1)]
        case .toggle: ["", "yes", "TRUE", "1"]
        case .text: ["two\nlines", "\u{1b}[2J", String(repeating: "x", count: 5000)]
        case .choice: ["", "nothing-like-it"]
        }
    }
}
