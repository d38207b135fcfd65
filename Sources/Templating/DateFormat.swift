/// `strftime` in the C locale.
extension TemplateDate {
    private static let dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// The time written as the format says; unknown directives stay as they are.
    func formatted(_ format: String) -> String {
        var reader = FormatReader(format)
        var result = ""
        while let scalar = reader.next() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            let isPlain = reader.take("-")
            guard let directive = reader.next() else { return result + "%" }
            result += text(of: directive, isPlain: isPlain) ?? "%\(isPlain ? "-" : "")\(directive)"
        }
        return result
    }

    private func text(of directive: Unicode.Scalar, isPlain: Bool) -> String? {
        func number(_ value: Int, _ width: Int, fill: Character = "0") -> String {
            let digits = value.description
            return isPlain ? digits : String(repeating: fill, count: max(0, width - digits.count)) + digits
        }
        switch directive {
        case "Y": return year.description
        case "y": return number(year % 100, 2)
        case "C": return number(year / 100, 2)
        case "m": return number(month, 2)
        case "d": return number(day, 2)
        case "e": return number(day, 2, fill: " ")
        case "H": return number(hour, 2)
        case "k": return number(hour, 2, fill: " ")
        case "I": return number((hour + 11) % 12 + 1, 2)
        case "l": return number((hour + 11) % 12 + 1, 2, fill: " ")
        case "M": return number(minute, 2)
        case "S": return number(second, 2)
        case "f": return "000000"
        case "j": return number(dayOfYear + 1, 3)
        case "U": return number((dayOfYear + 7 - weekday) / 7, 2)
        case "W": return number((dayOfYear + 7 - (weekday + 6) % 7) / 7, 2)
        default: return words(of: directive)
        }
    }

    private func words(of directive: Unicode.Scalar) -> String? {
        switch directive {
        case "B": Self.monthNames[month - 1]
        case "b", "h": String(Self.monthNames[month - 1].prefix(3))
        case "A": Self.dayNames[weekday]
        case "a": String(Self.dayNames[weekday].prefix(3))
        case "p": hour < 12 ? "AM" : "PM"
        case "P": hour < 12 ? "am" : "pm"
        case "u": (weekday == 0 ? 7 : weekday).description
        case "w": weekday.description
        case "F": formatted("%Y-%m-%d")
        case "D", "x": formatted("%m/%d/%y")
        case "T", "X": formatted("%H:%M:%S")
        case "R": formatted("%H:%M")
        case "r": formatted("%I:%M:%S %p")
        case "c": formatted("%a %b %e %H:%M:%S %Y")
        case "n": "\n"
        case "t": "\t"
        case "%": "%"
        case "Z", "z": ""
        default: nil
        }
    }

    /// Days since the first of January.
    private var dayOfYear: Int {
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return before[month - 1] + day - 1 + (isLeap && month > 2 ? 1 : 0)
    }

    /// Days since Sunday.
    private var weekday: Int {
        let past = year - 1
        return (past * 365 + past / 4 - past / 100 + past / 400 + dayOfYear + 1) % 7
    }
}
