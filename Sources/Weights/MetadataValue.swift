/// One value of the key-value part, as it was stored.
enum MetadataValue: Sendable {
    case unsigned(UInt64)
    case signed(Int64)
    case real(Double)
    case flag(Bool)
    case text(String)
    case strings(PackedStrings)
    case numbers(NumberArray)

    /// What the value is, for errors: "a string".
    var kind: String {
        switch self {
        case .unsigned, .signed: "an integer"
        case .real: "a number with fraction"
        case .flag: "a truth value"
        case .text: "a string"
        case .strings: "a list of strings"
        case .numbers: "a list of numbers"
        }
    }

    /// The value as an integer, where it is one that fits.
    var integer: Int? {
        switch self {
        case .unsigned(let value): Int(exactly: value)
        case .signed(let value): Int(exactly: value)
        default: nil
        }
    }
}

/// The scalar types of the format.
enum ScalarType: UInt32, Sendable {
    case uint8 = 0
    case int8 = 1
    case uint16 = 2
    case int16 = 3
    case uint32 = 4
    case int32 = 5
    case float32 = 6
    case bool = 7
    case uint64 = 10
    case int64 = 11
    case float64 = 12

    /// Stored size of one value.
    var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }

    /// The value whose little-endian bytes, zero-extended, are `bits`; nil for a truth value other than 0 and 1.
    func value(bits: UInt64) -> MetadataValue? {
        switch self {
        case .uint8, .uint16, .uint32, .uint64: .unsigned(bits)
        case .int8: .signed(Int64(Int8(truncatingIfNeeded: bits)))
        case .int16: .signed(Int64(Int16(truncatingIfNeeded: bits)))
        case .int32: .signed(Int64(Int32(truncatingIfNeeded: bits)))
        case .int64: .signed(Int64(bitPattern: bits))
        case .float32: .real(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
        case .float64: .real(Double(bitPattern: bits))
        case .bool: bits > 1 ? nil : .flag(bits == 1)
        }
    }
}

/// A list of scalars in their stored form: a file cannot make it larger than itself.
struct NumberArray: Sendable {
    let type: ScalarType
    let bytes: [UInt8]

    var count: Int { bytes.count / type.byteCount }

    /// Element `index`; nil for a truth value other than 0 and 1.
    func value(_ index: Int) -> MetadataValue? {
        var bits: UInt64 = 0
        let start = index * type.byteCount
        for place in 0..<type.byteCount {
            bits |= UInt64(bytes[start + place]) << UInt64(8 * place)
        }
        return type.value(bits: bits)
    }
}
