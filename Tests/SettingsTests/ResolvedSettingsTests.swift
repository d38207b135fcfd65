import Settings
import Testing

@Suite struct ResolvedSettingsTests {
    @Test func aFlagBeatsAVariableBeatsTheFileBeatsTheDefault() throws {
        let file = try SettingsFile(text: "[http]\nport = 1\nhost = \"f\"\nmax_fields = 50\n", path: "m.toml")
        let settings = try ResolvedSettings(
            file: file, environment: ["MICHAT_HTTP_PORT": "2", "MICHAT_HOST": "v", "HOME": "/"], flags: ["port": "3"])
        #expect(settings.configuration.http.port == 3)
        #expect(settings.configuration.http.host == "v")
        #expect(settings.configuration.http.maxFields == 50)
        #expect(settings.origin(of: "http.port") == .flag("port"))
        #expect(settings.origin(of: "http.host") == .variable("MICHAT_HOST"))
        #expect(settings.origin(of: "http.max_fields") == .file("m.toml"))
        #expect(settings.origin(of: "http.max_head_bytes") == .builtIn)
    }

    @Test func anUnknownVariableNamesTheNearest() {
        let error = #expect(throws: SettingsError.self) {
            try ResolvedSettings(file: nil, environment: ["MICHAT_HTTP_PROT": "1"], flags: [:])
        }
        #expect(error?.description == "unknown variable MICHAT_HTTP_PROT; did you mean MICHAT_HTTP_PORT?")
    }

    @Test func variablesOfTheSuiteAndOfOthersArePassedOver() throws {
        let environment = ["MICHAT_TEST_MODEL": "x", "MICHAT_CONFIG": "y", "MICHATTY": "z"]
        #expect(try ResolvedSettings(file: nil, environment: environment, flags: [:]).origins.isEmpty)
    }

    @Test func bothNamesOfOneSettingAreRefused() {
        let flags = #expect(throws: SettingsError.self) {
            try ResolvedSettings(file: nil, environment: [:], flags: ["port": "1", "http.port": "1"])
        }
        #expect(flags?.description == "given twice: --port and --http.port")
        let variables = #expect(throws: SettingsError.self) {
            try ResolvedSettings(file: nil, environment: ["MICHAT_PORT": "1", "MICHAT_HTTP_PORT": "1"], flags: [:])
        }
        #expect(variables?.description == "given twice: MICHAT_PORT and MICHAT_HTTP_PORT")
    }

    @Test func anErrorNamesTheSourceAndNeverASecret() {
        let port = #expect(throws: SettingsError.self) {
            try ResolvedSettings(file: nil, environment: [:], flags: ["port": "70000"])
        }
        #expect(port?.description == "--port: http.port must be 0 to 65535, not '70000'")
        let key = #expect(throws: SettingsError.self) {
            try ResolvedSettings(file: nil, environment: ["MICHAT_HTTP_API_KEY": "hush\nhush"], flags: [:])
        }
        #expect(key?.description.contains("hush") == false)
    }

    @Test func reloadTakesWhatMayChangeAndNamesTheRest() throws {
        let old = try ResolvedSettings(file: nil, environment: [:], flags: ["port": "1"])
        let file = try SettingsFile(text: "[shutdown]\ngrace_seconds = 7\n[engine]\nthreads = 7\n", path: "m.toml")
        let result = try old.reloaded(from: ResolvedSettings(file: file, environment: [:], flags: ["port": "1"]))
        #expect(result.taken == ["shutdown.grace_seconds"])
        #expect(result.left == ["engine.threads"])
        #expect(result.settings.configuration.shutdown.graceSeconds == 7)
        #expect(result.settings.configuration.engine.threads == 0)
        #expect(result.settings.origin(of: "shutdown.grace_seconds") == .file("m.toml"))
    }
}
