import Sampling

/// Which byte of the text came from which token, so that the reports' `bytes` join to exactly the text.
///
/// Bytes that were no UTF-8 and became U+FFFD belong to the token in which the fault begins. For example:
///
///     token   bytes        text that comes with it   booked on it
///     1       61           a                         61
///     2       F0 9F        (waits)                   F0 9F
///     3       98 80 62     😀b                       98 80 62
///     4       FF 63        \u{FFFD}c                 EF BF BD 63
///
/// The text of token 3 is booked byte by byte on the oldest token whose bytes have not all shown up: F0 and 9F are
/// token 2's. Where the text's next byte is not the token's next byte, the text has a U+FFFD, whose three bytes are
/// booked at once; the token's faulty bytes are passed over. Reports are handed out for whole tokens, and never so that
/// the text would be cut inside a character: those of tokens 2 and 3 come together.
struct TokenAlignment: Sendable {
    private struct Entry: Sendable {
        let id: Int32
        let logprobs: TokenLogprobs?
        let raw: [UInt8]
        var usedRaw = 0
        var text: [UInt8] = []

        var isComplete: Bool { usedRaw == raw.count }
        /// It has no text and will have none.
        var isBare: Bool { isComplete && text.isEmpty }
    }

    private var entries: [Entry] = []
    /// The first entry with bytes that have not shown up in the text.
    private var cursor = 0

    /// Notes a token and the bytes it stands for.
    mutating func append(_ id: Int32, raw: [UInt8], logprobs: TokenLogprobs?) {
        entries.append(Entry(id: id, logprobs: logprobs, raw: raw))
        skipComplete()
    }

    /// Books the next bytes of the text on the tokens noted so far.
    /// - Parameter isLast: whether everything noted has now shown up.
    mutating func book(_ text: [UInt8], isLast: Bool) {
        var index = 0
        while index < text.count, cursor < entries.count {
            if text[index] == entries[cursor].raw[entries[cursor].usedRaw] {
                take(text[index])
                index += 1
            } else {
                let end = min(index + 3, text.count)
                entries[cursor].text += text[index..<end]
                index = end
                skipFault(next: index < text.count ? text[index] : nil)
            }
        }
        if index < text.count, !entries.isEmpty { entries[entries.count - 1].text += text[index...] }
        guard isLast else { return }
        for index in entries.indices { entries[index].usedRaw = entries[index].raw.count }
        cursor = entries.count
    }

    /// Reports of the tokens wholly within the first `visible` bytes of `pending`, and how many bytes those are.
    /// The cut never splits a character; tokens without text wait for one that has some.
    mutating func releaseWhole(_ pending: [UInt8], visible: Int) -> (tokens: [ReportedToken], bytes: Int) {
        var count = 0
        var bytes = 0
        var sum = 0
        for (index, entry) in entries.enumerated() {
            sum += entry.text.count
            guard entry.isComplete, sum <= visible else { break }
            guard sum == pending.count || pending[sum] & 0xC0 != 0x80 else { continue }
            count = index + 1
            bytes = sum
        }
        return bytes > 0 ? (release(count), bytes) : ([], 0)
    }

    /// Reports of everything up to `visible` bytes; a token that reaches beyond is cut there.
    /// - Parameter isCut: whether tokens after those bytes are no part of the answer.
    mutating func releaseAll(visible: Int, isCut: Bool) -> [ReportedToken] {
        var room = visible
        var count = 0
        for index in entries.indices {
            let shown = min(room, entries[index].text.count)
            if isCut, shown == 0, !entries[index].isBare { break }
            let length = entries[index].text.count
            entries[index].text.removeLast(length - shown)
            room -= shown
            count = index + 1
            if isCut, shown < length { break }
        }
        let released = release(count)
        entries = []
        cursor = 0
        return released
    }

    private mutating func release(_ count: Int) -> [ReportedToken] {
        let released = entries.prefix(count).map { ReportedToken(id: $0.id, bytes: $0.text, logprobs: $0.logprobs) }
        entries.removeFirst(count)
        cursor = max(0, cursor - count)
        return released
    }

    private mutating func take(_ byte: UInt8) {
        entries[cursor].text.append(byte)
        entries[cursor].usedRaw += 1
        skipComplete()
    }

    /// Passes over the raw bytes that one U+FFFD stands for: one, and what continues it before the next text byte.
    private mutating func skipFault(next: UInt8?) {
        repeat {
            entries[cursor].usedRaw += 1
            skipComplete()
            guard cursor < entries.count else { return }
            let raw = entries[cursor].raw[entries[cursor].usedRaw]
            if raw & 0xC0 != 0x80 || next == 0xEF { return }
        } while true
    }

    private mutating func skipComplete() {
        while cursor < entries.count, entries[cursor].isComplete { cursor += 1 }
    }
}

/// A token with the bytes it contributed and what the engine reported of it.
struct ReportedToken: Sendable, Equatable {
    let id: Int32
    let bytes: [UInt8]
    let logprobs: TokenLogprobs?
}
