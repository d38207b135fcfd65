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

    @Test func everyPageOfTheDocumentationIsLinked() throws {
        let readme = try Repository.text("README.md")
        for path in Repository.files(below: "Sources/michat/michat.docc", endings: ["md"]) {
            #expect(readme.contains(path), "README.md does not link \(path)")
        }
    }
}
