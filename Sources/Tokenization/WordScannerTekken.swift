/// Mistral's pattern, with U for `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]` and L for `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`:
/// `[^\r\n\p{L}\p{N}]?U*L+|[^\r\n\p{L}\p{N}]?U+L*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
///
/// Example: `helloWORLD aBc` becomes `hello`, `WORLD`, ` a`, `Bc`. Source: `tekken.json` of mistral-common.
extension WordScanner {
    func tekkenEnd(from start: Int) -> Int {
        let (kind, next) = step(at: start)
        let isPrefix = !isNewline(at: start) && !kind.contains(.letter) && !kind.contains(.number)
        if isPrefix, let end = smallEnd(from: next) { return end }
        if let end = smallEnd(from: start) { return end }
        let first = isPrefix ? capitalRun(from: next).end : start
        if isPrefix && first > next { return first }
        let plain = capitalRun(from: start).end
        if plain > start { return plain }
        if kind.contains(.number) { return next }
        return tekkenSymbolEnd(from: start) ?? newlineOrSpaceEnd(from: start)
    }

    /// `U*L+`: capitals, then small letters. Without small ones, the capitals up to the last scalar that is both.
    private func smallEnd(from start: Int) -> Int? {
        let (end, lastShared) = capitalRun(from: start)
        guard step(at: end).kind.contains(.small) else { return lastShared }
        var place = end
        while true {
            let (kind, next) = step(at: place)
            guard kind.contains(.small) || Self.isShared(kind) else { return place }
            place = next
        }
    }

    /// `U*`: its end, and where the last scalar ends that is also in L.
    private func capitalRun(from start: Int) -> (end: Int, lastShared: Int?) {
        var end = start
        var lastShared: Int?
        while true {
            let (kind, next) = step(at: end)
            if Self.isShared(kind) {
                lastShared = next
            } else if !kind.contains(.capital) {
                return (end, lastShared)
            }
            end = next
        }
    }

    /// Letters without case, and marks.
    private static func isShared(_ kind: ScalarClass) -> Bool {
        kind.contains(.mark) || kind.contains(.letter) && kind.intersection([.capital, .small]).isEmpty
    }

    /// ` ?[^\s\p{L}\p{N}]+[\r\n/]*`
    private func tekkenSymbolEnd(from start: Int) -> Int? {
        let first = byte(at: start) == 0x20 ? start + 1 : start
        let kind = step(at: first).kind
        guard !kind.contains(.end), kind.intersection(.pattern).isEmpty else { return nil }
        var end = runEnd(of: [], from: first)
        while isNewline(at: end) || byte(at: end) == UInt8(ascii: "/") { end += 1 }
        return end
    }
}
