import Synchronization

/// The formats of strings that are enforced; every other one is an annotation, as the specification has it.
extension SchemaCompiler {
    /// The automaton of a format; nil if it is an annotation.
    func format(_ name: String) throws(GrammarError) -> ScalarAutomaton? { try SchemaFormat.automaton(name) }
}

/// Expressions of the formats.
enum SchemaFormat {
    /// The automata that were needed so far: the same for all schemas, so that none has to pay for them.
    private static let known = Mutex<[String: ScalarAutomaton]>([:])

    /// The automaton of a format; nil if it is an annotation.
    static func automaton(_ name: String) throws(GrammarError) -> ScalarAutomaton? {
        guard let source = sources[name] else { return nil }
        if let automaton = known.withLock({ $0[name] }) { return automaton }
        var budget = GrammarBudget(.request)
        var automaton = try whole(source, &budget)
        if dated.contains(name) {
            // Year 0 is in the calendar of ISO 8601 and in hardly any other.
            let year = try whole("0000[^]*", &budget).complement(budget: &budget)
            automaton = try automaton.intersection(year, budget: &budget)
        }
        if let lengths = lengths[name] {
            automaton = try automaton.intersection(whole(lengths, &budget), budget: &budget)
        }
        for other in others[name] ?? [] {
            if let more = try Self.automaton(other) { automaton = try automaton.union(more, budget: &budget) }
        }
        automaton = try automaton.minimised(budget: &budget)
        known.withLock { [automaton] in $0[name] = automaton }
        return automaton
    }

    private static func whole(_ source: String, _ budget: inout GrammarBudget) throws(GrammarError) -> ScalarAutomaton {
        try ScalarAutomaton(RegexParser.parse(source, budget: &budget), budget: &budget)
    }

    /// Formats that begin with a year.
    static let dated: Set<String> = ["date", "date-time"]

    /// The expression of each format, for the whole string.
    static let sources: [String: String] = [
        "date": date,
        "time": time,
        "date-time": "(?:\(date))[Tt](?:\(time))",
        "duration": duration,
        "uuid": "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
        "email": "(?:\(words))@(?:\(mailDomain))",
        "email by name": "(?:\(words))@(?:\(mailDomain))",
        "email at an address": "(?:\(words))@\\[(?:\(ipv4)|IPv6:(?:\(ipv6)))\\]",
        "quoted email": "\"(?:[ !#-\\[\\]-~]|\\\\[ -~])*\"@(?:\(mailDomain))",
        "hostname": hostname,
        "ipv4": ipv4,
        "ipv6": ipv6,
        "uri": uri("(?:\(uriName)|\(uriLiteral))"),
        "uri by name": uri(uriName),
        "uri-reference": relativeReference,
        "json-pointer": pointer,
        "relative-json-pointer": "(?:0|[1-9]\\d{0,8})(?:#|(?:\(pointer)))",
    ]

    /// Other formats whose strings belong to a format as well.
    static let others = ["email": ["email at an address", "quoted email"], "uri-reference": ["uri by name"]]

    /// How long the parts of a format's strings are at most.
    static let lengths = [
        "email": "[^@]{1,64}@[^]{1,63}", "email at an address": "[^@]{1,64}@[^]*", "quoted email": "[^]{3,64}",
    ]

    /// RFC 3339; days as the months have them, the 29th of February in leap years only.
    private static let date =
        "\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)"
        + "|02-(?:0[1-9]|1\\d|2[0-8]))"
        + "|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29"

    /// RFC 3339; without leap seconds, which few readers take.
    private static let time =
        "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)"

    /// RFC 3339, appendix A.
    private static let duration =
        "P(?:\\d{1,9}W|(?:\\d{1,9}Y(?:\\d{1,9}M(?:\\d{1,9}D)?)?|\\d{1,9}M(?:\\d{1,9}D)?|\\d{1,9}D)(?:T\(clock))?|T\(clock))"
    private static let clock =
        "(?:\\d{1,9}H(?:\\d{1,9}M(?:\\d{1,9}S)?)?|\\d{1,9}M(?:\\d{1,9}S)?|\\d{1,9}S)"

    private static let byte = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"
    private static let ipv4 = "\(byte)(?:\\.\(byte)){3}"

    /// RFC 4291, as RFC 3986 spells it out.
    private static let ipv6: String = {
        let group = "[0-9A-Fa-f]{1,4}"
        let last = "(?:\(group):\(group)|\(ipv4))"
        var forms = ["(?:\(group):){6}\(last)", "::(?:\(group):){5}\(last)"]
        for before in 1...5 {
            let lead = "(?:(?:\(group):){0,\(before - 1)}\(group))?"
            forms.append("\(lead)::(?:\(group):){\(5 - before)}\(last)")
        }
        forms.append("(?:(?:\(group):){0,5}\(group))?::\(group)")
        forms.append("(?:(?:\(group):){0,6}\(group))?::")
        return forms.joined(separator: "|")
    }()

    /// RFC 5321: words with dots between.
    private static let words: String = {
        let letter = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
        return "\(letter)+(?:\\.\(letter)+)*"
    }()

    /// RFC 1123: labels with dots between, 253 characters at most. Few long labels or several short ones: counting both
    /// at once takes too many states.
    private static let hostname: String = {
        func label(_ most: Int) -> String { "[A-Za-z0-9](?:[A-Za-z0-9-]{0,\(most - 2)}[A-Za-z0-9])?" }
        return "\(label(63))(?:\\.\(label(63))){0,2}|\(label(20))(?:\\.\(label(20))){0,11}"
    }()

    /// Labels with dots between, without counting, which is done for the whole address: 63 characters at most.
    private static let mailDomain: String = {
        let label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
        return "\(label)(?:\\.\(label))*"
    }()

    private static let uriName = "(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
    private static let uriLiteral = "\\[(?:\(ipv6)|[vV][0-9A-Fa-f]+\\.[A-Za-z0-9._~!$&'()*+,;=:-]+)\\]"

    /// RFC 6901.
    private static let pointer = "(?:/(?:[^~/]|~[01])*)*"

    /// RFC 3986, without a scheme.
    private static let relativeReference: String = {
        let part = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
        let first = "(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})+"
        let user = "(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*"
        let authority = "(?:\(user)@)?\(uriName)(?::\\d*)?"
        let path = "(?://\(authority)(?:/\(part)*)*|/(?:\(part)+(?:/\(part)*)*)?|\(first)(?:/\(part)*)*|)"
        let rest = "(?:\(part)|[/?])*"
        return "\(path)(?:\\?\(rest))?(?:#\(rest))?"
    }()

    /// RFC 3986, with a scheme.
    private static func uri(_ host: String) -> String {
        let encoded = "%[0-9A-Fa-f]{2}"
        let part = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|\(encoded))"
        let user = "(?:[A-Za-z0-9._~!$&'()*+,;=:-]|\(encoded))*"
        let authority = "(?:\(user)@)?\(host)(?::\\d*)?"
        let path = "(?://\(authority)(?:/\(part)*)*|/(?:\(part)+(?:/\(part)*)*)?|\(part)+(?:/\(part)*)*|)"
        let rest = "(?:\(part)|[/?])*"
        return "[A-Za-z][A-Za-z0-9+.-]*:\(path)(?:\\?\(rest))?(?:#\(rest))?"
    }
}
