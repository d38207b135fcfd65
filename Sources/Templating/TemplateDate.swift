/// The wall-clock time that `strftime_now` may tell; an argument, so that rendering stays pure.
package struct TemplateDate: Sendable, Equatable {
    /// Calendar year.
    package let year: Int
    /// Month from 1.
    package let month: Int
    /// Day of the month from 1.
    package let day: Int
    /// Hour from 0 to 23.
    package let hour: Int
    /// Minute.
    package let minute: Int
    /// Second.
    package let second: Int

    /// A local date and time; fields out of range are clamped.
    package init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        self.year = min(max(year, 1), 9999)
        self.month = min(max(month, 1), 12)
        self.day = min(max(day, 1), 31)
        self.hour = min(max(hour, 0), 23)
        self.minute = min(max(minute, 0), 59)
        self.second = min(max(second, 0), 60)
    }

    /// The time in UTC of a count of seconds since 1970; add the zone's offset beforehand for local time.
    package init(unixSeconds: Int64) {
        let clamped = min(max(unixSeconds, -62_135_596_800), 253_402_300_799)
        let days = (clamped - (clamped % 86_400 + 86_400) % 86_400) / 86_400
        let rest = Int(clamped - days * 86_400)
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        self.init(
            year: Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month: Int(month),
            day: Int(dayOfYear - (153 * marchMonth + 2) / 5 + 1), hour: rest / 3600, minute: rest / 60 % 60,
            second: rest % 60)
    }
}
