import Service

/// What a reader who has the whole text before them makes of it.
struct NaiveSplit {
    var reasoning = ""
    var content = ""

    private static let opening = "<think>"
    private static let closing = "</think>"

    init(_ text: String, isInside: Bool, awaitsLateClose: Bool, recalls: Bool) {
        guard !isInside else {
            think(text)
            return
        }
        let start = text.drop { " \t\n\u{b}\u{c}\r".contains($0) || $0 == "\r\n" }
        let blanks = text.utf8.count - start.utf8.count
        guard blanks > 16 || !start.hasPrefix(Self.opening) else {
            think(String(start.dropFirst(Self.opening.count)))
            return
        }
        content = text
        guard awaitsLateClose, let close = text.firstRange(of: Self.closing),
            text.firstRange(of: Self.opening).map({ close.lowerBound < $0.lowerBound }) ?? true
        else { return }
        let isBlank = blanks <= 16 && start.hasPrefix(Self.closing)
        let before = isBlank ? "" : String(text[..<close.lowerBound])
        let after = Self.withoutNewlines(text[close.upperBound...], atEnd: false)
        if recalls {
            reasoning = Self.withoutNewlines(before[...], atEnd: true)
            content = after
        } else {
            content = before + after
        }
    }

    private mutating func think(_ text: String) {
        let close = text.firstRange(of: Self.closing)
        let body = text[..<(close?.lowerBound ?? text.endIndex)]
        reasoning = body.split(separator: Self.opening, omittingEmptySubsequences: false).map {
            Self.withoutNewlines($0, atEnd: true)
        }.joined()
        if let close { content = Self.withoutNewlines(text[close.upperBound...], atEnd: false) }
    }

    private static func withoutNewlines(_ text: Substring, atEnd: Bool) -> String {
        var scalars = text.unicodeScalars[...]
        while scalars.first == "\n" || scalars.first == "\r" { scalars.removeFirst() }
        while atEnd, scalars.last == "\n" || scalars.last == "\r" { scalars.removeLast() }
        return String(scalars)
    }
}

/// Texts in which tags, parts of tags and newlines stand in every order.
enum TaggedTexts {
    private static let pieces = [
        "<think>", "</think>", "<think>", "</think>", "<", "</", "think>", "thi", ">", "\n", "\n\n", "\r", " ", "a",
        "b",
        "é", "😀", "<thin", "</thinkx>", "<<think>", "</</think>",
    ]

    static func random(_ random: inout SplitMix) -> String {
        (0..<random.below(9)).map { _ in pieces[random.below(pieces.count)] }.joined()
    }
}
