import Settings
import Testing

/// What is generated must be what the generator gives today.
@Suite struct DocumentationTests {
    @Test func theShippedSettingsFileIsTheRenderedDefault() throws {
        #expect(try Repository.text("Config/michat.toml") == SettingsManual.defaultFile())
    }

    @Test func thePageOfSettingsShowsThoseOfToday() throws {
        let page = try Repository.text("Sources/michat/michat.docc/Settings.md")
        #expect(page.contains("<!-- settings -->\n" + SettingsManual.markdownTable() + "<!-- /settings -->\n"))
    }

    @Test func theReadmeDrawsTheGraphOfTheManifest() throws {
        let readme = try Repository.text("README.md")
        for target in try Repository.targets() { #expect(readme.contains(target), "\(target) is not in the README") }
    }

    @Test func firstHour_theTableOfCommandsIsThatOfTheProgram() throws {
        let root = try Repository.text("Sources/michat/Michat.swift")
        let list = try #require(root.firstMatch(of: /subcommands: \[([^\]]*)\]/))
        let declared = try list.1.matches(of: /(\w+)\.self/).map { match in
            let text = try Repository.text("Sources/michat/Commands/\(match.1).swift")
            let named = text.firstMatch(of: /commandName: "(\w+)"/).map { String($0.1) }
            return named ?? match.1.lowercased()
        }
        let readme = try Repository.text("README.md")
        let table = try #require(readme.split(separator: "## Commands").last?.split(separator: "\n## ").first)
        let rows = table.matches(of: /\n\| `michat (\w+)/).map { String($0.1) }
        #expect(rows.sorted() == declared.sorted())
    }

    /// Flags that pages show and that belong to other programs.
    private static let foreignFlags: Set<String> = [
        "local-dir", "now", "static-swift-stdlib", "generate-completion-script", "help", "help-hidden",
    ]

    @Test func firstHour_everyFlagInThePagesExists() throws {
        var known = Set(SettingsTable.rows.flatMap(\.flags)).union(Self.foreignFlags)
        for path in Repository.files(below: "Sources/michat", endings: ["swift"]) {
            let text = try Repository.text(path)
            for match in text.matches(of: /\n    var (\w+)(?:: [\w\[\]?]+)?(?: = [^\n]*)?\n/) {
                known.insert(match.1.map { $0.isUppercase ? "-" + $0.lowercased() : String($0) }.joined())
            }
            for match in text.matches(of: /customLong\("([\w-]+)"\)/) { known.insert(String(match.1)) }
        }
        let pages =
            ["README.md"] + ["Clients", "BehindAProxy", "Conformance"].map { "Sources/michat/michat.docc/\($0).md" }
        for page in pages {
            for match in try Repository.text(page).matches(of: /[\s`(]--([a-z][\w.-]*\w)/) {
                // aider's --model is ours by chance; the rest must be.
                #expect(known.contains(String(match.1)), "\(page) shows --\(match.1)")
            }
        }
    }

    @Test func thePageAboutReplacingModelsNamesWhatASignalTakesOver() throws {
        let page = try Repository.text("Sources/michat/michat.docc/ReplacingModels.md")
        let table = try #require(page.split(separator: "## Which settings").last?.split(separator: "\n## ").first)
        func row(_ beginning: String) -> String {
            table.split(separator: "\n").first { $0.hasPrefix("| " + beginning) }.map(String.init) ?? ""
        }
        let signal = SettingsTable.rows.filter { $0.reload == .signal }.map { "`\($0.key)`" }
        #expect(row("`http.api_key`").contains(signal.joined(separator: ", ")))
        let left = SettingsTable.rows.filter { $0.reload == .restart && ["model", "engine"].contains($0.section) }
        #expect(row(left.map { "`\($0.key)`" }.joined(separator: ", ") + " and").isEmpty == false)
        let others = SettingsTable.rows.filter { $0.reload == .model }.map(\.section)
        #expect(Set(others) == ["model", "engine"] && row("All of `model.…` and `engine.…`").isEmpty == false)
    }

    @Test func everyPageOfTheDocumentationIsLinked() throws {
        let readme = try Repository.text("README.md")
        for path in Repository.files(below: "Sources/michat/michat.docc", endings: ["md"]) {
            #expect(readme.contains(path), "README.md does not link \(path)")
        }
    }

    @Test func theRecipesNameFilesThatExist() throws {
        let page = try Repository.text("Sources/michat/michat.docc/AddingThings.md")
        let files = Repository.files(below: "Sources", endings: ["swift"])
        let named = page.matches(of: /`([A-Z]\w+\/[\w\/]+\.swift)`/).map { "Sources/" + String($0.1) }
        #expect(named.count > 8)
        for path in named where !path.hasPrefix("Sources/Tests/") {
            #expect(files.contains(path), "AddingThings.md names \(path)")
        }
    }
}
