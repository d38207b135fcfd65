/// Documentation rendered from the table, so that none can be out of date.
package enum SettingsManual {
    /// The shipped `Config/michat.toml`: every key, commented out, at its default.
    package static func defaultFile() -> String {
        let defaults = Configuration()
        var text = """
            # michat: settings, each at its default. Remove the leading # of a line to change it.
            # A flag (--http.port) beats a variable (MICHAT_HTTP_PORT), a variable beats this file.
            # Sizes may be written as "512MiB" or "2GiB"; times are seconds.

            """
        for section in SettingsTable.sections {
            text += "\n# \(section.title).\n[\(section.name)]\n"
            for row in SettingsTable.rows where row.section == section.name {
                text += "\n# \(row.help) (\(row.domain)\(row.reloadNote))\n"
                text += "# \(row.name) = \(row.rendered(in: defaults))\n"
            }
        }
        return text
    }

    /// The settings table of the README, in Markdown.
    package static func markdownTable() -> String {
        let defaults = Configuration()
        var text = "| Key | Default | Values | What it is |\n|---|---|---|---|\n"
        for row in SettingsTable.rows {
            let short = row.alias.map { " (`--\($0)`)" } ?? ""
            text += "| `\(row.key)`\(short) | `\(row.rendered(in: defaults))` | \(row.domain) | \(row.help) |\n"
        }
        return text
    }

    /// Every value in force and where it came from, as a settings file; secrets are masked.
    package static func listing(_ settings: ResolvedSettings) -> String {
        var text = ""
        for section in SettingsTable.sections {
            text += (text.isEmpty ? "" : "\n") + "[\(section.name)]\n"
            for row in SettingsTable.rows where row.section == section.name {
                let plain = row.rendered(in: settings.configuration)
                let value = row.isSecret && plain != "\"\"" ? "\"********\"" : plain
                let line = "\(row.name) = \(value)"
                let padding = String(repeating: " ", count: max(1, 44 - line.count))
                text += "\(line)\(padding)# \(settings.origin(of: row.key))\n"
            }
        }
        return text
    }
}
