/// Splits text into words as the published patterns do, by hand instead of by a regex engine: one pass, no backtracking
/// further than the whitespace in front of a word.
struct WordScanner {
    private let bytes: [UInt8]
    private let limit: Int
    private let family: PreTokenizer
    private let classes = ScalarClasses.reference

    /// Scans `bytes[range]`, which must be well-formed UTF-8.
    init(_ bytes: [UInt8], _ range: Range<Int>, family: PreTokenizer) {
        self.bytes = bytes
        self.limit = range.upperBound
        self.family = family
    }

    /// Hands the words of `bytes[range]` to `body`, in order.
    static func words(_ bytes: [UInt8], _ range: Range<Int>, family: PreTokenizer, _ body: (Range<Int>) -> Void) {
        if family == .deepseekCoder { return StagedScanner(bytes).words(range, body) }
        let scanner = WordScanner(bytes, range, family: family)
        var start = range.lowerBound
        while start < range.upperBound {
            let end = scanner.wordEnd(from: start)
            body(start..<end)
            start = end
        }
    }

    /// The end of the word that starts at an offset before the limit; always behind the start.
    private func wordEnd(from start: Int) -> Int {
        switch family {
        case .gpt2: return classicEnd(from: start, digitsEndText: false)
        case .smollm:
            let (kind, next) = step(at: start)
            return isDigit(kind) ? next : classicEnd(from: start, digitsEndText: true)
        case .qwen2: return modernEnd(from: start, numbersPerWord: 1)
        case .llama: return modernEnd(from: start, numbersPerWord: 3)
        case .tekken: return tekkenEnd(from: start)
        case .deepseekCoder: return limit
        }
    }

    // MARK: Reading

    /// The class of the scalar at an offset and the offset behind it; `.end` at the end of the text.
    @inline(__always)
    func step(at offset: Int) -> (kind: ScalarClass, next: Int) {
        guard offset < limit else { return (.end, offset) }
        let (scalar, length) = UTF8Reader.scalar(in: bytes, at: offset, end: limit)
        return (classes[scalar], offset + length)
    }

    private func isDigit(_ kind: ScalarClass) -> Bool {
        kind.contains(.number) || kind.contains(.newerDigit)
    }

    func byte(at offset: Int) -> UInt8? {
        offset < limit ? bytes[offset] : nil
    }

    func isNewline(at offset: Int) -> Bool {
        byte(at: offset) == 0x0A || byte(at: offset) == 0x0D
    }

    // MARK: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+

    private func classicEnd(from start: Int, digitsEndText: Bool) -> Int {
        if let end = contractionEnd(from: start, ignoringCase: false) {
            return end
        }
        var first = start
        if byte(at: start) == 0x20 {
            let (kind, _) = step(at: start + 1)
            let isWord = !kind.contains(.end) && !kind.contains(.whitespace) && !(digitsEndText && isDigit(kind))
            first = isWord ? start + 1 : start
        }
        let wanted = step(at: first).kind.intersection(.pattern)
        guard wanted != .whitespace else {
            return spaceEnd(from: start, digitsEndText: digitsEndText)
        }
        var end = first
        while true {
            let (kind, next) = step(at: end)
            if kind.contains(.end) || kind.intersection(.pattern) != wanted || digitsEndText && isDigit(kind) {
                return end
            }
            end = next
        }
    }

    /// `\s+(?!\S)|\s+`: a run of whitespace leaves its last scalar to the word that follows.
    private func spaceEnd(from start: Int, digitsEndText: Bool) -> Int {
        var end = start
        var last = start
        while true {
            let (kind, next) = step(at: end)
            guard kind.contains(.whitespace) else {
                let isFollowed = !kind.contains(.end) && !(digitsEndText && isDigit(kind))
                return isFollowed && last > start ? last : end
            }
            last = end
            end = next
        }
    }

    // MARK: (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|…

    private func modernEnd(from start: Int, numbersPerWord: Int) -> Int {
        if let end = contractionEnd(from: start, ignoringCase: true) {
            return end
        }
        let (kind, next) = step(at: start)
        if kind.contains(.letter) {
            return runEnd(of: .letter, from: next)
        }
        if kind.contains(.number) {
            return numberEnd(from: next, remaining: numbersPerWord - 1)
        }
        if !isNewline(at: start), step(at: next).kind.contains(.letter) {
            return runEnd(of: .letter, from: next)
        }
        if let end = symbolEnd(from: start) {
            return end
        }
        return newlineOrSpaceEnd(from: start)
    }

    func runEnd(of wanted: ScalarClass, from start: Int) -> Int {
        var end = start
        while true {
            let (kind, next) = step(at: end)
            if kind.contains(.end) || kind.intersection(.pattern) != wanted {
                return end
            }
            end = next
        }
    }

    private func numberEnd(from start: Int, remaining: Int) -> Int {
        var end = start
        for _ in 0..<remaining {
            let (kind, next) = step(at: end)
            guard kind.contains(.number) else { break }
            end = next
        }
        return end
    }

    /// ` ?[^\s\p{L}\p{N}]+[\r\n]*`
    private func symbolEnd(from start: Int) -> Int? {
        let first = byte(at: start) == 0x20 ? start + 1 : start
        let kind = step(at: first).kind
        guard !kind.contains(.end), kind.intersection(.pattern).isEmpty else { return nil }
        var end = runEnd(of: [], from: first)
        while isNewline(at: end) {
            end += 1
        }
        return end
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last newline of a run of whitespace, or as ``spaceEnd``.
    func newlineOrSpaceEnd(from start: Int) -> Int {
        var end = start
        var last = start
        var behindNewline: Int?
        while true {
            let (kind, next) = step(at: end)
            guard kind.contains(.whitespace) else {
                let isFollowed = !kind.contains(.end)
                return behindNewline ?? (isFollowed && last > start ? last : end)
            }
            if isNewline(at: end) {
                behindNewline = next
            }
            last = end
            end = next
        }
    }

    // MARK: Contractions

    /// The end of `'s`, `'t`, `'m`, `'d`, `'re`, `'ve` or `'ll`, if one starts here.
    private func contractionEnd(from start: Int, ignoringCase: Bool) -> Int? {
        guard byte(at: start) == UInt8(ascii: "'"), let first = byte(at: start + 1) else { return nil }
        let fold: UInt8 = ignoringCase ? 0x20 : 0
        switch first | fold {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
            return start + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"):
            return byte(at: start + 2).map { $0 | fold } == UInt8(ascii: "e") ? start + 3 : nil
        case UInt8(ascii: "l"):
            return byte(at: start + 2).map { $0 | fold } == UInt8(ascii: "l") ? start + 3 : nil
        case 0xC5 | fold where ignoringCase && first == 0xC5 && byte(at: start + 2) == 0xBF:
            // The long s folds to s.
            return start + 3
        default:
            return nil
        }
    }
}
