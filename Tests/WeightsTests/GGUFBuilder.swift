import Weights

/// Writes GGUF files, good and bad: every field can be given a value that no writer would choose.
struct GGUFBuilder {
    /// The numbers of the value types.
    enum Kind: UInt32 {
        case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, list, uint64, int64, float64
    }

    struct Tensor {
        var name: String
        var dimensions: [UInt64]
        var type: UInt32 = 0
        var offset: UInt64
        var rank: UInt32?
    }

    var magic: [UInt8] = Array("GGUF".utf8)
    var version: UInt32 = 3
    var tensorCount: UInt64?
    var keyCount: UInt64?
    var pairs: [[UInt8]] = []
    var tensors: [Tensor] = []
    var alignment = 32
    var dataBytes = 0

    static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    static func text(_ value: String) -> [UInt8] { little(UInt64(value.utf8.count)) + Array(value.utf8) }

    mutating func add(_ key: String, _ kind: Kind, _ value: [UInt8]) {
        pairs.append(Self.text(key) + Self.little(kind.rawValue) + value)
    }

    mutating func add(_ key: String, string: String) { add(key, .string, Self.text(string)) }
    mutating func add(_ key: String, uint32: UInt32) { add(key, .uint32, Self.little(uint32)) }
    mutating func add(_ key: String, float32: Float) { add(key, .float32, Self.little(float32.bitPattern)) }

    mutating func add(_ key: String, list kind: Kind, _ values: [[UInt8]]) {
        add(key, .list, Self.little(kind.rawValue) + Self.little(UInt64(values.count)) + values.flatMap { $0 })
    }

    /// The whole file; the weights are zeros.
    var bytes: [UInt8] {
        var result = magic + Self.little(version) + Self.little(tensorCount ?? UInt64(tensors.count))
        result += Self.little(keyCount ?? UInt64(pairs.count)) + pairs.flatMap { $0 }
        for tensor in tensors {
            result += Self.text(tensor.name) + Self.little(tensor.rank ?? UInt32(tensor.dimensions.count))
            result +=
                tensor.dimensions.flatMap { Self.little($0) } + Self.little(tensor.type) + Self.little(tensor.offset)
        }
        result += Array(repeating: 0, count: (alignment - result.count % alignment) % alignment)
        return result + Array(repeating: 0, count: dataBytes)
    }

    func read() throws(WeightsError) -> GGUFFile { try GGUFFile(bytes: bytes, path: "made.gguf") }

    /// A small good file: one key, two tensors.
    static var good: GGUFBuilder {
        var builder = GGUFBuilder()
        builder.add("general.architecture", string: "llama")
        builder.tensors = [
            Tensor(name: "first.weight", dimensions: [8, 4], offset: 0),
            Tensor(name: "second.weight", dimensions: [32, 2], type: 8, offset: 128),
        ]
        builder.dataBytes = 128 + 2 * 34
        return builder
    }
}
