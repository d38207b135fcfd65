/// The fields of one message of Protocol Buffers, one after the other; never leaves its bytes.
struct ProtobufReader {
    /// What a field holds; groups are refused.
    enum Value {
        case number(UInt64)
        case fixed32(UInt32)
        case fixed64
        case bytes(Range<Int>)
    }

    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// - Parameter range: where the message lies in `bytes`.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field; nil at the end of the message.
    mutating func next() throws(VocabularyError) -> (number: Int, value: Value)? {
        guard position < end else { return nil }
        let tag = try number()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw damaged }
        return (Int(tag >> 3), try value(ofKind: tag & 7))
    }

    private mutating func value(ofKind kind: UInt64) throws(VocabularyError) -> Value {
        switch kind {
        case 0: return .number(try number())
        case 1:
            _ = try take(8)
            return .fixed64
        case 2: return .bytes(try take(try number()))
        case 5:
            let range = try take(4)
            return .fixed32(range.reversed().reduce(0) { $0 << 8 | UInt32(bytes[$1]) })
        default: throw damaged
        }
    }

    private mutating func take(_ count: UInt64) throws(VocabularyError) -> Range<Int> {
        guard count <= UInt64(end - position) else { throw damaged }
        defer { position += Int(count) }
        return position..<position + Int(count)
    }

    /// Seven bits a byte, the low ones first.
    private mutating func number() throws(VocabularyError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < end else { throw damaged }
            let byte = bytes[position]
            position += 1
            result |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return result }
        }
        throw damaged
    }

    private var damaged: VocabularyError {
        VocabularyError("the file is damaged at byte \(position)", key: "model")
    }
}
