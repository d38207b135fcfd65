package import JSON

/// Bounds on what a checkpoint folder may ask for, beyond the size of its files.
package enum CheckpointLimits {
    /// Longest header of a shard; the format's own bound.
    package static let maximumHeaderBytes = 100 << 20
    /// Most tensors of a shard, and of a folder.
    package static let maximumTensors = 262_144
    /// Longest tensor name.
    package static let maximumNameBytes = 1_024
    /// Most extents of a tensor.
    package static let maximumDimensions = 8
    /// Most shards of a model.
    package static let maximumShards = 4_096
    /// Longest JSON or template file beside the weights.
    package static let maximumFileBytes = 256 << 20
    /// What a JSON file beside the weights may cost.
    package static let json = JSONLimits(
        maximumDepth: 64, maximumBytes: maximumFileBytes, maximumValues: 16_000_000)
    /// What the header of a shard may cost.
    static let header = JSONLimits(maximumDepth: 4, maximumBytes: maximumHeaderBytes, maximumValues: 4_000_000)
}

/// Reads the part of a safetensors file that stands before the weights: a length and a JSON table.
///
/// The bytes come from strangers: the tensors have to cover the rest of the file exactly, without gap or overlap.
struct SafetensorsHeader {
    private let file: String
    private let fileBytes: Int

    init(file: String, fileBytes: Int) {
        self.file = file
        self.fileBytes = fileBytes
    }

    /// All tensors in the order of their bytes.
    func tensors(_ bytes: RawSpan) throws(WeightsError) -> [TensorInfo] {
        var cursor = ByteCursor(bytes, file: file)
        let length = try cursor.integer(UInt64.self, "the length of the header")
        guard length >= 2, length <= UInt64(CheckpointLimits.maximumHeaderBytes) else {
            throw fail(
                "not a safetensors file: a header of \(length) bytes; 2 to \(CheckpointLimits.maximumHeaderBytes) are accepted"
            )
        }
        guard length <= UInt64(cursor.remaining) else {
            throw fail("the file is cut short: its header has \(length) bytes, the file \(fileBytes)")
        }
        var text: [UInt8] = []
        try cursor.read(Int(length), into: &text, "the header")
        let table = try object(text)
        var entries: [Entry] = []
        for (name, value) in table where name != "__metadata__" {
            entries.append(try entry(name, value))
        }
        guard !entries.isEmpty else { throw fail("the file holds no tensors") }
        guard entries.count <= CheckpointLimits.maximumTensors else {
            throw fail(
                "\(entries.count) tensors are more than the \(CheckpointLimits.maximumTensors) that are accepted")
        }
        return try placed(entries, dataStart: cursor.offset)
    }

    private func object(_ text: [UInt8]) throws(WeightsError) -> JSONObject {
        guard text.first == UInt8(ascii: "{") else {
            throw fail("not a safetensors file: its header is no JSON object")
        }
        let value: JSONValue
        do {
            value = try JSONParser.parse(text, limits: CheckpointLimits.header)
        } catch {
            throw fail("the header cannot be read: \(error)")
        }
        guard let object = value.objectValue else { throw fail("not a safetensors file: its header is no JSON object") }
        return object
    }

    /// A row of the table, before its place in the file is checked.
    private struct Entry {
        let name: String
        let dimensions: [Int]
        let type: TensorType
        let start: Int
        let end: Int
    }

    private func entry(_ name: String, _ value: JSONValue) throws(WeightsError) -> Entry {
        let quoted = Quotation.quoted(name)
        guard !name.isEmpty, name.utf8.count <= CheckpointLimits.maximumNameBytes else {
            throw fail(
                "the name of tensor \(quoted) is empty or longer than \(CheckpointLimits.maximumNameBytes) bytes")
        }
        guard let typeName = value["dtype"]?.stringValue else { throw fail("tensor \(quoted) has no dtype") }
        guard let type = TensorType.inSafetensors(typeName) else {
            throw fail("tensor \(quoted) has the unknown dtype \(Quotation.quoted(typeName))")
        }
        let (dimensions, elements) = try extents(value["shape"], quoted)
        guard let offsets = value["data_offsets"]?.arrayValue, offsets.count == 2,
            case .int(let first) = offsets[0], case .int(let last) = offsets[1],
            let start = Int(exactly: first), let end = Int(exactly: last), start >= 0, end >= start
        else { throw fail("tensor \(quoted) has no data_offsets of the form [begin, end]") }
        guard type.byteCount(elements: elements) == end - start else {
            throw fail(
                "tensor \(quoted) has \(end - start) bytes, which are not the \(elements) elements of its shape in \(type.name)"
            )
        }
        return Entry(name: name, dimensions: dimensions, type: type, start: start, end: end)
    }

    /// The extents, innermost first, and their product; a scalar counts as a vector of one.
    private func extents(
        _ value: JSONValue?, _ quoted: String
    ) throws(WeightsError) -> (dimensions: [Int], elements: Int) {
        guard let shape = value?.arrayValue else { throw fail("tensor \(quoted) has no shape") }
        guard shape.count <= CheckpointLimits.maximumDimensions else {
            throw fail(
                "tensor \(quoted) has \(shape.count) dimensions; at most \(CheckpointLimits.maximumDimensions) are accepted"
            )
        }
        var elements = 1
        var dimensions: [Int] = []
        for extent in shape.reversed() {
            guard case .int(let number) = extent, let count = Int(exactly: number), count > 0 else {
                throw fail("tensor \(quoted) has a dimension that is not a positive integer")
            }
            let (product, overflow) = elements.multipliedReportingOverflow(by: count)
            guard !overflow else { throw fail("tensor \(quoted) has more elements than can be counted") }
            elements = product
            dimensions.append(count)
        }
        return (dimensions.isEmpty ? [1] : dimensions, elements)
    }

    private func placed(_ entries: [Entry], dataStart: Int) throws(WeightsError) -> [TensorInfo] {
        let dataBytes = fileBytes - dataStart
        var next = 0
        var tensors: [TensorInfo] = []
        tensors.reserveCapacity(entries.count)
        for entry in entries.sorted(by: { $0.start < $1.start }) {
            let quoted = Quotation.quoted(entry.name)
            guard entry.end <= dataBytes else {
                throw fail(
                    "tensor \(quoted) (bytes \(entry.start) to \(entry.end) of the data) reaches beyond the end of the "
                        + "file, which has \(dataBytes); it may be cut short")
            }
            guard entry.start == next else {
                let fault = entry.start < next ? "shares bytes with the tensor before it" : "leaves a gap before it"
                throw fail("tensor \(quoted) begins at byte \(entry.start) of the data and \(fault)")
            }
            next = entry.end
            tensors.append(
                TensorInfo(
                    name: entry.name, dimensions: entry.dimensions, type: entry.type,
                    byteOffset: dataStart + entry.start, byteCount: entry.end - entry.start))
        }
        guard next == dataBytes else {
            throw fail("\(dataBytes - next) bytes behind the last tensor belong to none")
        }
        return tensors
    }

    private func fail(_ reason: String) -> WeightsError { WeightsError(file: file, reason: reason) }
}
