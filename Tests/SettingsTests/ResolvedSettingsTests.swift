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

    @Test(arguments: [
        ("MICHAT_SERVICE_HOST", "10.0.0.7"), ("MICHAT_SERVICE_PORT", "80"), ("MICHAT_SERVICE_PORT_HTTP", "80"),
        ("MICHAT_PORT", "tcp://10.0.0.7:80"), ("MICHAT_HTTP_PORT", "udp://10.0.0.7:80"),
        ("MICHAT_PORT_8080_TCP", "tcp://10.0.0.7:8080"), ("MICHAT_PORT_8080_TCP_PROTO", "tcp"),
        ("MICHAT_PORT_8080_TCP_PORT", "8080"), ("MICHAT_PORT_8080_TCP_ADDR", "10.0.0.7"),
        ("MICHAT_SMALL_SERVICE_HOST", "10.0.0.7"), ("MICHAT_SMALL_PORT_53_UDP_ADDR", "10.0.0.7"),
    ])
    func firstHour_whatKubernetesInjectsIsPassedOver(name: String, value: String) throws {
        let settings = try ResolvedSettings(file: nil, environment: [name: value, "MICHAT_HOST": "v"], flags: [:])
        #expect(Set(settings.origins.keys) == ["http.host"])
        #expect(settings.configuration.http.port == Configuration().http.port)
    }

    @Test(arguments: [
        ("MICHAT_PORT", "tcp:80"), ("MICHAT_PORT_TCP", "1"), ("MICHAT_PROT", "1"), ("MICHAT_PORT_x_TCP", "1"),
        ("MICHAT_SERVICE", "1"), ("MICHAT_HOST_PORT", "1"),
    ])
    func firstHour_anErrorInAVariableStaysOne(name: String, value: String) {
        #expect(throws: SettingsError.self) {
            try ResolvedSettings(file: nil, environment: [name: value], flags: [:])
        }
    }

    @Test(arguments: [
        ("4096", 4096), ("512MiB", 512 << 20), ("2GiB", 2 << 30), ("2gib", 2 << 30), ("1GB", 1_000_000_000),
        ("3 kB", 3000), ("16 MB", 16_000_000), ("1TB", 1_000_000_000_000), ("0", 0),
    ])
    func firstHour_sizesHaveUnits(text: String, bytes: Int) { #expect(ByteCount.parse(text) == bytes) }

    @Test func firstHour_anErrorInASizeNamesTheUnits() {
        for text in ["1G", "1.5GB", "-1GB", "GB", "1  GB", "17TiB"] {
            let error = #expect(throws: SettingsError.self) {
                try ResolvedSettings(file: nil, environment: [:], flags: ["engine.kv_bytes": text])
            }
            #expect(error?.description.contains("GiB, TiB (1024) or KB") == true, "\(text)")
        }
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
        let file = try SettingsFile(
            text: "[http]\nmax_fields = 99\n[shutdown]\ngrace_seconds = 7\n[engine]\nthreads = 7\n", path: "m.toml")
        let newer = try ResolvedSettings(file: file, environment: [:], flags: ["port": "1"])
        let result = old.reloaded(from: newer)
        #expect(result.taken == ["engine.threads", "shutdown.grace_seconds"])
        #expect(result.left == ["http.max_fields"])
        #expect(result.settings.configuration.shutdown.graceSeconds == 7)
        #expect(result.settings.configuration.engine.threads == 7)
        #expect(result.settings.configuration.http.maxFields != 99)
        let atOnce = old.reloaded(from: newer, [.signal])
        #expect(atOnce.taken == ["shutdown.grace_seconds"])
        #expect(atOnce.left == ["http.max_fields", "engine.threads"])
        #expect(atOnce.settings.configuration.engine.threads == 0)
        #expect(result.settings.origin(of: "shutdown.grace_seconds") == .file("m.toml"))
    }

    @Test func whatASignalTakesOver() {
        func keys(_ way: Setting.Reload) -> [String] { SettingsTable.rows.filter { $0.reload == way }.map(\.key) }
        #expect(keys(.signal) == ["http.api_key", "http.api_key_file", "shutdown.grace_seconds"])
        #expect(Set(keys(.model).map { $0.prefix { $0 != "." } }) == ["model", "engine"])
        let left = keys(.restart).filter { $0.hasPrefix("engine.") || $0.hasPrefix("model.") }
        #expect(left == ["engine.stuck_seconds", "engine.memory_bytes"])
    }
}
