/// What stands behind `is`.
enum ValueTest: String, Sendable {
    case defined, undefined, none, boolean, string, number, integer, float, mapping, sequence, iterable, callable
    case `true`
    case `false`
    case odd, even, divisibleby, upper, lower, sameas, escaped, filter, test
    case `in`
    case eq, ne, lt, le, gt, ge

    private static let aliases: [String: ValueTest] = [
        "==": .eq, "equalto": .eq, "!=": .ne, "<": .lt, "lessthan": .lt, "<=": .le, ">": .gt, "greaterthan": .gt,
        ">=": .ge,
    ]

    /// Nil for a name that Jinja does not know.
    init?(name: String) {
        guard let test = ValueTest(rawValue: name) ?? Self.aliases[name] else { return nil }
        self = test
    }
}

extension Renderer {
    func holds(_ test: ValueTest, of value: Value, _ arguments: Arguments) throws(TemplateError) -> Bool {
        switch test {
        case .divisibleby, .sameas, .in, .eq, .ne, .lt, .le, .gt, .ge: break
        default: try expectNone(arguments, for: test.rawValue)
        }
        switch test {
        case .defined: return !value.isUndefined
        case .undefined: return value.isUndefined
        case .none: return value.isNone
        case .odd: return try calculate(.remainder, value, .int(2)).number == 1
        case .even: return try calculate(.remainder, value, .int(2)).number == 0
        case .upper: return try charged(try text(of: value)).isPythonUppercase
        case .lower: return try charged(try text(of: value)).isPythonLowercase
        case .divisibleby, .sameas, .in, .eq, .ne, .lt, .le, .gt, .ge:
            return try holds(test, of: value, other: try arguments.bound(to: "other", by: test.rawValue)[0])
        case .filter:
            guard case .string(let name) = value else { return false }
            return Filter(name: name.string) != nil
        case .test:
            guard case .string(let name) = value else { return false }
            return ValueTest(name: name.string) != nil
        default: return isOfKind(test, value)
        }
    }

    private func charged(_ text: String) throws(TemplateError) -> String {
        try charge(bytes: text.utf8.count)
        return text
    }

    private func holds(_ test: ValueTest, of value: Value, other: Value?) throws(TemplateError) -> Bool {
        guard let other else { throw TemplateError("test '\(test.rawValue)' needs an argument") }
        switch test {
        case .divisibleby: return try calculate(.remainder, value, other).number == 0
        case .sameas: return value.typeName == other.typeName ? try areEqual(value, other) : false
        case .in: return try contains(other, value)
        case .eq: return try compare(.equal, value, other)
        case .ne: return try compare(.notEqual, value, other)
        case .lt: return try compare(.less, value, other)
        case .le: return try compare(.lessOrEqual, value, other)
        case .gt: return try compare(.greater, value, other)
        default: return try compare(.greaterOrEqual, value, other)
        }
    }

    private func isOfKind(_ test: ValueTest, _ value: Value) -> Bool {
        switch (test, value) {
        case (.boolean, .bool), (.string, .string), (.integer, .int), (.float, .double), (.mapping, .dict): true
        case (.true, .bool(let flag)): flag
        case (.false, .bool(let flag)): !flag
        case (.number, .int), (.number, .double), (.number, .bool): true
        case (.sequence, .list), (.sequence, .tuple), (.sequence, .string), (.sequence, .dict), (.sequence, .range),
            (.sequence, .undefined):
            true
        case (.iterable, .list), (.iterable, .tuple), (.iterable, .string), (.iterable, .dict), (.iterable, .range),
            (.iterable, .undefined), (.iterable, .view), (.iterable, .generator), (.iterable, .loop):
            true
        case (.callable, .function), (.callable, .loop), (.callable, .undefined): true
        case (.escaped, .string(let text)): text.isMarkup
        default: false
        }
    }
}

extension String {
    /// Python's `isupper`: something is cased and nothing is lower.
    var isPythonUppercase: Bool {
        unicodeScalars.contains { $0.properties.isUppercase }
            && !unicodeScalars.contains { $0.properties.isLowercase || $0.isTitlecase }
    }

    /// Python's `islower`: something is cased and nothing is upper.
    var isPythonLowercase: Bool {
        unicodeScalars.contains { $0.properties.isLowercase }
            && !unicodeScalars.contains { $0.properties.isUppercase || $0.isTitlecase }
    }
}

extension Unicode.Scalar {
    /// Python's `isalpha` of one character.
    var isPythonAlphabetic: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    fileprivate var isTitlecase: Bool { properties.generalCategory == .titlecaseLetter }

    /// Python's `isalnum` of one character.
    var isPythonAlphanumeric: Bool { isPythonAlphabetic || properties.numericType != nil }
}
