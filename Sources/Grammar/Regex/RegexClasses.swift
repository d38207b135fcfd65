/// The named classes of regular expressions, as ECMA-262 defines them.
enum RegexClasses {
    /// What `.` does not stand for.
    static let lineTerminators = ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])
    /// `\w`.
    static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// `\d`.
    static let digit = ScalarSet([0x30...0x39])
    /// `\s`.
    static let space = ScalarSet([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])

    /// What an escape with one letter stands for.
    static func named(_ letter: Unicode.Scalar) -> ScalarSet? {
        switch letter {
        case "d": digit
        case "D": digit.inverted
        case "w": word
        case "W": word.inverted
        case "s": space
        case "S": space.inverted
        case "n": ScalarSet([0x0A...0x0A])
        case "r": ScalarSet([0x0D...0x0D])
        case "t": ScalarSet([0x09...0x09])
        case "f": ScalarSet([0x0C...0x0C])
        case "v": ScalarSet([0x0B...0x0B])
        default: nil
        }
    }
}

/// The general categories of Unicode, for `\p{…}`.
enum UnicodeCategories {
    /// Short names of the categories with their long names.
    private static let longNames: [String: String] = [
        "Letter": "L", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Titlecase_Letter": "Lt",
        "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc",
        "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd", "digit": "Nd", "Letter_Number": "Nl",
        "Other_Number": "No", "Punctuation": "P", "punct": "P", "Connector_Punctuation": "Pc",
        "Dash_Punctuation": "Pd", "Open_Punctuation": "Ps", "Close_Punctuation": "Pe", "Initial_Punctuation": "Pi",
        "Final_Punctuation": "Pf", "Other_Punctuation": "Po", "Symbol": "S", "Math_Symbol": "Sm",
        "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk", "Other_Symbol": "So", "Separator": "Z",
        "Space_Separator": "Zs", "Line_Separator": "Zl", "Paragraph_Separator": "Zp", "Other": "C", "Control": "Cc",
        "Format": "Cf", "Unassigned": "Cn", "Private_Use": "Co",
    ]

    /// The scalars of every category that has a name of two letters; one pass over all scalars, once.
    private static let sets: [String: ScalarSet] = {
        var ranges: [String: [ClosedRange<UInt32>]] = [:]
        var start: UInt32 = 0
        var current = ""
        for value in UInt32(0)...0x10FFFF {
            // Planes 4 to 13 and most of 14 are not assigned, 15 and 16 are for private use.
            let name: String
            if value < 0x40000 || (0xE0000..<0xE1000).contains(value) {
                name = Unicode.Scalar(value).map { shortName($0.properties.generalCategory) } ?? "Cs"
            } else {
                name = value >= 0xF0000 && value & 0xFFFF < 0xFFFE ? "Co" : "Cn"
            }
            if name == current { continue }
            if value > 0 { ranges[current, default: []].append(start...value - 1) }
            (start, current) = (value, name)
        }
        ranges[current, default: []].append(start...0x10FFFF)
        return ranges.mapValues { ScalarSet($0) }
    }()

    /// The scalars of a property, as it is spelled between the braces of `\p{…}`.
    static func set(named name: String) -> ScalarSet? {
        var name = name
        for prefix in ["General_Category=", "gc="] where name.hasPrefix(prefix) {
            name = String(name.dropFirst(prefix.count))
        }
        if name == "Any" { return .all }
        if name == "ASCII" { return ScalarSet([0...0x7F]) }
        name = longNames[name] ?? name
        if name.utf8.count == 1, longNames.values.contains(name) {
            return ScalarSet(sets.filter { $0.key.hasPrefix(name) }.flatMap(\.value.ranges))
        }
        return sets[name]
    }

    private static func shortName(_ category: Unicode.GeneralCategory) -> String {
        switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }
}
