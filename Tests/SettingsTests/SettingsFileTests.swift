import Settings
import Testing

@Suite struct SettingsFileTests {
    @Test(arguments: [
        ("[http]\nprot = 1\n", "m.toml: unknown key http.prot; did you mean http.port?"),
        ("[htp]\nport = 1\n", "m.toml: unknown key htp.port; did you mean http.port?"),
        ("[http]\nport = \"eighty\"\n", "m.toml: http.port must be 0 to 65535"),
        ("[api]\nstrict_fields = 1\n", "m.toml: api.strict_fields must be true or false"),
        ("[model]\npath = 3\n", "m.toml: model.path must be text"),
        ("port = 1\n", "m.toml: port must be a table"),
    ])
    func aBadKeyOrTypeIsNamed(text: String, message: String) {
        let error = #expect(throws: SettingsError.self) { try SettingsFile(text: text, path: "m.toml") }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [#"\u0000"#, #"\U00000000"#, #"\x00"#, #"\u0000"# + "\u{301}"])
    func anEscapedNULIsRefusedWhereverItStands(escape: String) {
        for text in ["[http]\napi_key = \"\(escape)secret\"\n", "[http]\napi_key = \"se\(escape)cret\"\n"] {
            let error = #expect(throws: SettingsError.self) { try SettingsFile(text: text, path: "m.toml") }
            #expect(error?.description == #"m.toml: contains an escaped NUL (\u0000)"#)
        }
    }

    @Test(arguments: ["[+http]", "[#odel]", "[émodel]", "[=m", "[[[", "[]", " [\t", "[http.+x]", "[[http]", "[http"])
    func aTableWithoutANameIsAnErrorAndNotTheEnd(header: String) {
        let error = #expect(throws: SettingsError.self) {
            try SettingsFile(text: "[log]\n\(header)\nport = 1\n", path: "m.toml")
        }
        #expect(error?.description.hasPrefix("m.toml") == true)
    }

    @Test func aSyntaxErrorNamesItsLine() {
        let error = #expect(throws: SettingsError.self) {
            try SettingsFile(text: "[http]\nport = = 1\n", path: "m.toml")
        }
        #expect(error?.description.hasPrefix("m.toml:2: ") == true)
    }

    @Test(arguments: [
        "\u{0}", "[", "[http", "[http]\nport = 99999999999999999999999\n", "[[http]]\nport = 1\n",
        "[http]\n\"po\\u0000rt\" = 1\n",
        "[http]\nport = 1\nport = 2\n", "http = {port = 1, port = 2}\n", "a.b.c.d = 1\n", "\"\" = 1\n",
        "[http]\nport = 1979-05-27\n",
        "[http]\nport = [" + String(repeating: "[", count: 2000) + "\n",
    ])
    func hostileFilesAreRefused(text: String) {
        #expect(throws: SettingsError.self) {
            try ResolvedSettings(file: SettingsFile(text: text, path: "m.toml"), environment: [:], flags: [:])
        }
    }

    @Test func sizesMayBeWrittenWithUnits() throws {
        let file = try SettingsFile(
            text: "[engine]\nkv_bytes = \"512MiB\"\n[http]\nmax_body_bytes = 2048\n", path: "m.toml")
        let configuration = try ResolvedSettings(file: file, environment: [:], flags: [:]).configuration
        #expect(configuration.engine.kvBytes == 512 << 20)
        #expect(configuration.http.maxBodyBytes == 2048)
    }

    @Test func aFileOverTheLimitIsRefused() {
        let text = String(repeating: "#", count: SettingsFile.maximumBytes + 1)
        #expect(throws: SettingsError.self) { try SettingsFile(text: text, path: "m.toml") }
    }
}
