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

    /// Appends the bytes that `bytes[piece]` stands for; false if it is not written in this alphabet, and then what was
    /// appended means nothing.
    static func decode(_ bytes: [UInt8], _ piece: Range<Int>, into output: inout [UInt8]) -> Bool {
        var index = piece.lowerBound
        while index < piece.upperBound {
            let lead = bytes[index]
            index += 1
            if (0x21...0x7E).contains(lead) {
                output.append(lead)
                continue
            }
            guard (0xC2...0xC5).contains(lead), index < piece.upperBound, bytes[index] & 0xC0 == 0x80,
                let byte = byte(ofScalar: UInt16(lead & 0x1F) << 6 | UInt16(bytes[index] & 0x3F))
            else { return false }
            output.append(byte)
            index += 1
        }
        return true
    }

    /// The inverse of ``scalars`` outside ASCII, by arithmetic: it is asked for every byte of a vocabulary.
    private static func byte(ofScalar scalar: UInt16) -> UInt8? {
        switch scalar {
        case 0xA1...0xAC, 0xAE...0xFF: return UInt8(truncatingIfNeeded: scalar)
        case 0x100...0x120: return UInt8(truncatingIfNeeded: scalar - 0x100)
        case 0x121...0x142: return UInt8(truncatingIfNeeded: 0x7F + (scalar - 0x121))
        case 0x143: return 0xAD
        default: return nil
        }
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
