import Glibc
import JSON
import Platform
import Weights

/// Files of `Tests/Fixtures`.
enum Fixture {
    /// Where the fixtures are, seen from this file.
    static let folder: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        return parts.joined(separator: "/") + "/Fixtures/"
    }()

    static func path(_ name: String) -> String { folder + name }

    /// A GGUF file, or a folder below `checkpoints`.
    static func model(_ name: String) throws -> any TensorFile {
        if name.hasSuffix(".gguf") { return try GGUFFile(path: path(name)) }
        return try CheckpointFolder(path: path("checkpoints/" + name))
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        let file = try MappedFile(path: path(name))
        var result: [UInt8] = []
        result.reserveCapacity(file.count)
        unsafe file.bytes.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
        return result
    }

    static func json(_ name: String) throws -> JSONValue {
        try JSONParser.parse(try bytes(name), limits: .file)
    }
}

/// Golden tensors: float32 and int32 only, trusted input.
struct GoldenTensors {
    private let header: JSONValue
    private let data: ArraySlice<UInt8>

    struct Malformed: Error { let name: String }

    init(_ name: String) throws {
        let bytes = try Fixture.bytes(name)
        let size = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        header = try JSONParser.parse(Array(bytes[8..<8 + size]), limits: .file)
        data = bytes[(8 + size)...]
    }

    /// The rows of a float tensor of one or two extents.
    func rows(_ name: String) throws -> [[Float]] {
        let (shape, words) = try words(name, type: "F32")
        let width = shape[shape.count - 1]
        return stride(from: 0, to: words.count, by: width).map { start in
            words[start..<start + width].map { Float(bitPattern: $0) }
        }
    }

    func ints(_ name: String) throws -> [Int32] {
        try words(name, type: "I32").words.map { Int32(bitPattern: $0) }
    }

    /// Whether there is such a tensor.
    func has(_ name: String) -> Bool { header[name] != nil }

    private func words(_ name: String, type: String) throws -> (shape: [Int], words: [UInt32]) {
        guard let entry = header[name], entry["dtype"]?.stringValue == type,
            let shape = entry["shape"]?.arrayValue?.compactMap(\.intValue).map(Int.init),
            let offsets = entry["data_offsets"]?.arrayValue?.compactMap(\.intValue).map(Int.init), offsets.count == 2
        else { throw Malformed(name: name) }
        let start = data.startIndex
        let words = stride(from: start + offsets[0], to: start + offsets[1], by: 4).map { at in
            (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[at + $1]) << UInt32(8 * $1) }
        }
        return (shape, words)
    }
}
