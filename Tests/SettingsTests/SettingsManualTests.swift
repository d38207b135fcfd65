import ArgumentParser
import Settings
import Testing

@Suite struct SettingsManualTests {
    @Test func theDefaultFileIsAllDefaultsAndItsLinesWorkWhenUncommented() throws {
        let text = SettingsManual.defaultFile()
        let asShipped = try ResolvedSettings(
            file: SettingsFile(text: text, path: "m.toml"), environment: [:], flags: [:])
        #expect(asShipped.origins.isEmpty)
        let uncommented = text.split(separator: "\n").map { $0.contains(" = ") ? String($0.dropFirst(2)) : String($0) }
        let settings = try ResolvedSettings(
            file: SettingsFile(text: uncommented.joined(separator: "\n"), path: "m.toml"), environment: [:], flags: [:])
        #expect(settings.configuration == Configuration())
        #expect(settings.origins.count == SettingsTable.rows.count)
    }

    @Test func theListingShowsOriginsAndMasksSecrets() throws {
        let settings = try ResolvedSettings(
            file: nil, environment: ["MICHAT_HTTP_API_KEY": "hush-hush"], flags: ["port": "9"])
        let lines = SettingsManual.listing(settings).split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("port = 9 ") && $0.hasSuffix("# --port") })
        #expect(lines.contains { $0.hasPrefix(#"api_key = "********""#) && $0.hasSuffix("# MICHAT_HTTP_API_KEY") })
        #expect(!lines.contains { $0.contains("hush") })
        let empty = try ResolvedSettings(file: nil, environment: ["MICHAT_HTTP_API_KEY": ""], flags: [:])
        #expect(SettingsManual.listing(empty).contains(#"api_key = "" "#), "no key is not shown as one")
    }

    @Test func everyRowIsAFlagInHelp() {
        let help =
            SettingsFlags.helpMessage(includeHidden: true, columns: 400)
            + SectionFlags<ChatSection>.helpMessage(includeHidden: true, columns: 400)
        for row in SettingsTable.rows {
            #expect(help.contains("--\(row.key) <"), "\(row.key)")
            #expect(help.contains(row.help), "\(row.key)")
        }
    }

    @Test func firstHour_shortHelpShowsWhatHasAShortName() {
        let help = SettingsFlags.helpMessage(columns: 400)
        for row in SettingsTable.rows where row.section != "chat" {
            #expect(help.contains(" --\(row.alias ?? row.key) <") == (row.alias != nil), "\(row.key)")
            #expect(row.alias == nil || !help.contains("--\(row.key) <"), "\(row.key)")
        }
    }

    @Test func flagsAreParsedByEitherName() throws {
        let flags = try SettingsFlags.parse(["--port", "81", "--engine.threads=2", "--log.level", "debug"])
        #expect(flags.given == ["port": "81", "engine.threads": "2", "log.level": "debug"])
        #expect(try SettingsFlags.parse(["-m", "a.gguf"]).given == ["model": "a.gguf"])
        #expect(throws: (any Error).self) { try SettingsFlags.parse(["--prot", "81"]) }
    }
}
