/// The byte-level alphabet: every byte has a printable scalar of its own, so that pieces can be written as text.
///
/// Printable Latin-1 bytes stand for themselves; the other 68 follow in order from U+0100.
enum ByteAlphabet {
    /// The scalar value of each byte.
    static let scalars: [UInt16] = {
        var next: UInt16 = 0x100
        return (UInt16(0)...255).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
            default:
                defer { next += 1 }
                return next
            }
        }
    }()

    /// The byte of each scalar below U+0144, or -1.
    private static let bytes: [Int16] = {
        var table = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() {
            table[Int(scalar)] = Int16(byte)
        }
        return table
    }()

    /// Appends the bytes that a piece stands for; false (and nothing appended) if it is not written in this alphabet.
    static func decode(_ piece: ArraySlice<UInt8>, into output: inout [UInt8]) -> Bool {
        let mark = output.count
        var index = piece.startIndex
        while index < piece.endIndex {
            var scalar = Int(piece[index])
            index += 1
            if scalar >= 0x80 {
                guard (0xC2...0xC5).contains(scalar), index < piece.endIndex, piece[index] & 0xC0 == 0x80 else {
                    output.removeSubrange(mark...)
                    return false
                }
                scalar = (scalar & 0x1F) << 6 | Int(piece[index] & 0x3F)
                index += 1
            }
            guard scalar < bytes.count, bytes[scalar] >= 0 else {
                output.removeSubrange(mark...)
                return false
            }
            output.append(UInt8(truncatingIfNeeded: bytes[scalar]))
        }
        return true
    }

    /// Writes bytes in this alphabet.
    static func encode(_ bytes: ArraySlice<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes {
            if let scalar = Unicode.Scalar(scalars[Int(byte)]) {
                text.append(scalar)
            }
        }
        return String(text)
    }
}
