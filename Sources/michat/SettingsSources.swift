import ArgumentParser
import Platform
import Settings

/// Where the settings of this process come from.
struct SettingsSources {
    /// The settings file, if any.
    let path: String?
    /// Values by the name of their flag.
    let flags: [String: String]

    init(config: String?, flags: [String: String]) {
        self.path = config ?? ProcessEnvironment.value(ResolvedSettings.fileVariable)
        self.flags = flags
    }

    /// Reads every source again; a mistake is a usage error.
    func resolve() throws -> ResolvedSettings {
        do {
            let file = try path.map { try SettingsFile(text: TextFile.text($0), path: $0) }
            return try ResolvedSettings(file: file, environment: ProcessEnvironment.variables, flags: flags)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
