/// Keys from the bytes of a terminal in its raw mode: UTF-8, control characters, and the sequences that xterm, VTE, the Linux
/// console and tmux send (ECMA-48; bracketed paste as xterm documents it).
///
/// Example: `61 1b 5b 44` is `a` and the left arrow, also when the four bytes come one by one.
package struct KeyDecoder: Sendable {
    /// Bytes of one paste; what is beyond them is dropped.
    package static let maximumPasteBytes = 1 << 20

    private enum State {
        case plain, escape, singleShift, paste
        /// Behind `ESC [`: the bytes since then.
        case sequence([UInt8])
    }

    private static let maximumSequenceBytes = 32
    private static let pasteEnd: [UInt8] = Array("\u{1b}[201~".utf8)

    private var state = State.plain
    /// The bytes of a character that is not complete.
    private var partial: [UInt8] = []
    private var pasted: [UInt8] = []

    /// A decoder that has seen nothing.
    package init() {}

    /// The keys that `bytes` complete; characters that come together are one text.
    package mutating func consume(_ bytes: [UInt8]) -> [Key] {
        var keys: [Key] = []
        var text = ""
        for byte in bytes {
            guard let key = key(byte) else { continue }
            if case .text(let more) = key {
                text += more
                continue
            }
            if !text.isEmpty { keys.append(.text(text)) }
            text = ""
            keys.append(key)
        }
        if !text.isEmpty { keys.append(.text(text)) }
        return keys
    }

    private mutating func key(_ byte: UInt8) -> Key? {
        switch state {
        case .plain: return plain(byte)
        case .paste: return paste(byte)
        case .singleShift:
            state = .plain
            return byte == 0x4d ? .enter : Self.letter(byte)
        case .escape: return escaped(byte)
        case .sequence(let parameters): return sequence(parameters, byte)
        }
    }

    private mutating func plain(_ byte: UInt8) -> Key? {
        guard byte < 0x80 else { return character(byte) }
        partial = []
        switch byte {
        case 0x1b:
            state = .escape
            return nil
        case 0x09, 0x20...0x7e: return .text(String(UnicodeScalar(byte)))
        default: return Self.control[byte]
        }
    }

    private static let control: [UInt8: Key] = [
        1: .home, 2: .left, 3: .cancel, 4: .endOfInput, 5: .end, 6: .right, 8: .backspace, 10: .enter, 11: .killToEnd,
        12: .clearScreen, 13: .enter, 14: .down, 16: .up, 21: .killToStart, 23: .killWord, 25: .yank, 26: .suspend,
        127: .backspace,
    ]

    /// A byte of a character beyond ASCII.
    private mutating func character(_ byte: UInt8) -> Key? {
        if byte & 0xc0 == 0x80 { partial.append(byte) } else { partial = [byte] }
        let length =
            switch partial[0] {
            case 0xc2...0xdf: 2
            case 0xe0...0xef: 3
            case 0xf0...0xf4: 4
            default: 0
            }
        if length == 0 { partial = [] }
        guard length > 0, partial.count == length else { return nil }
        defer { partial = [] }
        guard let text = String(validating: partial, as: UTF8.self),
            !(0x80...0x9f).contains(text.unicodeScalars.first?.value ?? 0)
        else { return nil }
        return .text(text)
    }

    private mutating func escaped(_ byte: UInt8) -> Key? {
        state = .plain
        switch byte {
        case 0x1b: state = .escape
        case 0x5b: state = .sequence([])
        case 0x4f: state = .singleShift
        case 0x0d, 0x0a: return .newLine
        case 0x08, 0x7f: return .killWord
        case 0x62: return .wordLeft
        case 0x66: return .wordRight
        case 0x64: return .killWordAhead
        default: return plain(byte)
        }
        return nil
    }

    private mutating func sequence(_ parameters: [UInt8], _ byte: UInt8) -> Key? {
        // The Linux console sends its function keys as ESC [ [ and a letter.
        let isConsole = parameters == [0x5b]
        guard byte >= 0x20, byte < 0x7f, parameters.count < Self.maximumSequenceBytes else {
            state = .plain
            return byte < 0x20 ? plain(byte) : nil
        }
        guard byte >= 0x40, !(parameters.isEmpty && byte == 0x5b) else {
            state = .sequence(parameters + [byte])
            return nil
        }
        state = .plain
        guard !isConsole else { return nil }
        let numbers = parameters.split(separator: 0x3b, omittingEmptySubsequences: false)
            .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
        return finished(numbers, byte)
    }

    /// The key of a complete sequence: `ESC [ 1 ; 5 D` has the numbers 1 and 5, and the letter D.
    private mutating func finished(_ numbers: [Int], _ final: UInt8) -> Key? {
        let isModified = numbers.count > 1 && numbers[1] > 2
        switch (final, numbers.first ?? 0) {
        case (0x7e, 1), (0x7e, 7): return .home
        case (0x7e, 3): return isModified ? .killWordAhead : .delete
        case (0x7e, 4), (0x7e, 8): return .end
        case (0x7e, 200):
            state = .paste
            pasted = []
            return nil
        case (0x43, _) where isModified: return .wordRight
        case (0x44, _) where isModified: return .wordLeft
        default: return Self.letter(final)
        }
    }

    private static func letter(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x41: .up
        case 0x42: .down
        case 0x43: .right
        case 0x44: .left
        case 0x46: .end
        case 0x48: .home
        default: nil
        }
    }

    private mutating func paste(_ byte: UInt8) -> Key? {
        pasted.append(byte)
        guard pasted.suffix(Self.pasteEnd.count) == Self.pasteEnd[...] else {
            // The end must still be recognised when there is no more room.
            if pasted.count > Self.maximumPasteBytes + Self.pasteEnd.count { pasted.remove(at: Self.maximumPasteBytes) }
            return nil
        }
        state = .plain
        let kept = pasted.dropLast(Self.pasteEnd.count).prefix(Self.maximumPasteBytes)
        let text = Self.harmless(String(decoding: kept, as: UTF8.self))
        pasted = []
        return text.isEmpty ? nil : .paste(text)
    }

    /// Line breaks as `\n`, without those at the end; other control characters go, but for tabs.
    static func harmless(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        var previous: UnicodeScalar = " "
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            switch scalar.value {
            case 0x0d: scalars.append("\n")
            case 0x0a: if previous != "\r" { scalars.append("\n") }
            case 0x09: scalars.append(scalar)
            case 0..<0x20, 0x7f...0x9f: break
            default: scalars.append(scalar)
            }
        }
        while scalars.last == "\n" { scalars.removeLast() }
        return String(scalars)
    }
}
