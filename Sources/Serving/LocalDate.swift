import Platform
package import Templating

/// The wall clock as templates see it.
package enum LocalDate {
    /// The local date and time.
    package static func now() -> TemplateDate {
        let parts = Clock.localTime("%Y %m %d %H %M %S").split(separator: " ").compactMap { Int($0) }
        guard parts.count == 6 else { return TemplateDate(unixSeconds: Clock.unixSeconds()) }
        return TemplateDate(
            year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4], second: parts[5])
    }
}
