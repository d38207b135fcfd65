/// Reads the part of a GGUF file that stands before the weights: header, keys and values, table of tensors.
///
/// The bytes come from strangers. Every number is checked against what the file can hold before it is used,
/// and whatever is wrong becomes one error that names the key or tensor.
struct GGUFParser: ~Escapable {
    private var cursor: ByteCursor
    private let fileBytes: Int
    private let file: String

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, file: String) {
        self.cursor = ByteCursor(bytes, file: file)
        self.fileBytes = bytes.byteCount
        self.file = file
    }

    /// Everything before the weights.
    mutating func parse() throws(WeightsError) -> (metadata: ModelMetadata, tensors: [TensorInfo]) {
        let counts = try header()
        let metadata = try keysAndValues(counts.keys)
        try refuseParts(metadata)
        let alignment = try alignment(metadata)
        var rows: [TableRow] = []
        rows.reserveCapacity(counts.tensors)
        for index in 0..<counts.tensors {
            rows.append(try tableRow(index))
        }
        let tensors = try placed(rows, alignment: alignment)
        return (metadata, tensors)
    }

    // MARK: Header

    private static let magic: UInt32 = 0x4655_4747

    private mutating func header() throws(WeightsError) -> (keys: Int, tensors: Int) {
        guard cursor.remaining >= 4, try cursor.integer(UInt32.self, "the magic number") == Self.magic else {
            throw cursor.fail("not a GGUF file: it does not begin with 'GGUF'")
        }
        let version = try cursor.integer(UInt32.self, "the version")
        guard version & 0xffff != 0 || version == 0 else {
            throw cursor.fail("the file is big-endian; only little-endian GGUF files can be read")
        }
        guard version == 2 || version == 3 else {
            throw cursor.fail("GGUF version \(version) is not supported; versions 2 and 3 are")
        }
        // The least that a tensor and a pair take: lengths, types, one extent, an offset; a one-byte value.
        let tensors = try cursor.length(unitBytes: 32, "the number of tensors")
        let keys = try cursor.length(unitBytes: 14, "the number of keys")
        guard tensors <= GGUFLimits.maximumTensors else {
            throw cursor.fail("\(tensors) tensors are more than the \(GGUFLimits.maximumTensors) that are accepted")
        }
        guard keys <= GGUFLimits.maximumKeys else {
            throw cursor.fail("\(keys) keys are more than the \(GGUFLimits.maximumKeys) that are accepted")
        }
        return (keys, tensors)
    }

    // MARK: Keys and values

    private mutating func keysAndValues(_ count: Int) throws(WeightsError) -> ModelMetadata {
        var keys: [String] = []
        var values: [String: MetadataValue] = [:]
        keys.reserveCapacity(count)
        for index in 0..<count {
            let key = try cursor.text(maximumBytes: GGUFLimits.maximumNameBytes, "key \(index)")
            guard !key.isEmpty else { throw cursor.fail("key \(index) has no name") }
            guard values.updateValue(try value(of: key), forKey: key) == nil else {
                throw cursor.fail("key \(Quotation.quoted(key)) appears twice")
            }
            keys.append(key)
        }
        return ModelMetadata(file: file, keys: keys, values: values)
    }

    private static let stringType: UInt32 = 8
    private static let listType: UInt32 = 9

    private mutating func value(of key: String) throws(WeightsError) -> MetadataValue {
        let type = try cursor.integer(UInt32.self, "the type of key \(Quotation.quoted(key))")
        switch type {
        case Self.stringType:
            let name = Quotation.quoted(key)
            return .text(try cursor.text(maximumBytes: GGUFLimits.maximumStringBytes, "the string of key \(name)"))
        case Self.listType:
            return try list(of: key)
        default:
            let scalar = try scalarType(type, of: key)
            var raw: [UInt8] = []
            try cursor.read(scalar.byteCount, into: &raw, "the value of key \(Quotation.quoted(key))")
            guard let value = NumberArray(type: scalar, bytes: raw).value(0) else {
                throw cursor.fail("key \(Quotation.quoted(key)) holds a truth value that is neither 0 nor 1")
            }
            return value
        }
    }

    private func scalarType(_ type: UInt32, of key: String) throws(WeightsError) -> ScalarType {
        guard let scalar = ScalarType(rawValue: type) else {
            throw cursor.fail("key \(Quotation.quoted(key)) has the unknown value type \(type)")
        }
        return scalar
    }

    private mutating func list(of key: String) throws(WeightsError) -> MetadataValue {
        let name = Quotation.quoted(key)
        let type = try cursor.integer(UInt32.self, "the element type of key \(name)")
        guard type != Self.listType else {
            throw cursor.fail("key \(name) holds lists of lists, which are not supported")
        }
        let scalar = type == Self.stringType ? nil : try scalarType(type, of: key)
        let count = try cursor.length(unitBytes: scalar?.byteCount ?? 8, "the list length of key \(name)")
        guard count <= GGUFLimits.maximumListCount else {
            throw cursor.fail("key \(name) lists \(count) values; at most \(GGUFLimits.maximumListCount) are accepted")
        }
        guard let scalar else { return .strings(try strings(count, name)) }
        var raw: [UInt8] = []
        raw.reserveCapacity(count * scalar.byteCount)
        try cursor.read(count * scalar.byteCount, into: &raw, "the list of key \(name)")
        return .numbers(NumberArray(type: scalar, bytes: raw))
    }

    private mutating func strings(_ count: Int, _ name: String) throws(WeightsError) -> PackedStrings {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        ends.reserveCapacity(count)
        for index in 0..<count {
            let length = try cursor.length(unitBytes: 1, "the length of string \(index) of key \(name)")
            try cursor.read(length, into: &bytes, "string \(index) of key \(name)")
            ends.append(bytes.count)
        }
        return PackedStrings(bytes: bytes, ends: ends)
    }

    private func refuseParts(_ metadata: ModelMetadata) throws(WeightsError) {
        guard let parts = try metadata.int("split.count"), parts > 1 else { return }
        let number = try metadata.int("split.no").map { "part \($0 &+ 1)" } ?? "one part"
        throw metadata.fail(
            "split.count",
            "this is \(number) of a model split into \(parts) files; merge them first (llama-gguf-split --merge)")
    }

    private func alignment(_ metadata: ModelMetadata) throws(WeightsError) -> Int {
        let key = "general.alignment"
        guard let alignment = try metadata.int(key) else { return GGUFLimits.usualAlignment }
        guard GGUFLimits.alignments.contains(alignment), alignment & (alignment - 1) == 0 else {
            let range = "\(GGUFLimits.alignments.lowerBound) to \(GGUFLimits.alignments.upperBound)"
            throw metadata.fail(key, "\(alignment) is not a power of two from \(range)")
        }
        return alignment
    }

    // MARK: Tensors

    /// A row of the table, before its place in the file is known.
    private struct TableRow {
        let name: String
        let dimensions: [Int]
        let type: TensorType
        let byteCount: Int
        let offset: UInt64
    }

    private mutating func tableRow(_ index: Int) throws(WeightsError) -> TableRow {
        let name = try cursor.text(maximumBytes: GGUFLimits.maximumNameBytes, "the name of tensor \(index)")
        guard !name.isEmpty else { throw cursor.fail("tensor \(index) has no name") }
        let quoted = Quotation.quoted(name)
        let (dimensions, elements) = try extents(quoted)
        let identifier = try cursor.integer(UInt32.self, "the type of tensor \(quoted)")
        guard let type = TensorType.known(identifier) else {
            throw cursor.fail("tensor \(quoted) has the unknown type \(identifier)")
        }
        guard dimensions[0].isMultiple(of: type.blockElements) else {
            throw cursor.fail(
                "tensor \(quoted) has rows of \(dimensions[0]) elements, which are not whole blocks of \(type.name)"
            )
        }
        guard let byteCount = type.byteCount(elements: elements) else {
            throw cursor.fail("tensor \(quoted) has more bytes than can be counted")
        }
        let offset = try cursor.integer(UInt64.self, "the offset of tensor \(quoted)")
        return TableRow(name: name, dimensions: dimensions, type: type, byteCount: byteCount, offset: offset)
    }

    /// The extents of a tensor and their product.
    private mutating func extents(_ quoted: String) throws(WeightsError) -> (dimensions: [Int], elements: Int) {
        let rank = try cursor.integer(UInt32.self, "the rank of tensor \(quoted)")
        guard rank >= 1, rank <= UInt32(GGUFLimits.maximumDimensions) else {
            throw cursor.fail(
                "tensor \(quoted) has \(rank) dimensions; 1 to \(GGUFLimits.maximumDimensions) are accepted")
        }
        var dimensions: [Int] = []
        var elements = 1
        for _ in 0..<rank {
            let stored = try cursor.integer(UInt64.self, "the shape of tensor \(quoted)")
            guard let extent = Int(exactly: stored), extent > 0 else {
                throw cursor.fail("tensor \(quoted) has a dimension of \(stored)")
            }
            let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw cursor.fail("tensor \(quoted) has more elements than can be counted") }
            dimensions.append(extent)
            elements = product
        }
        return (dimensions, elements)
    }

    /// Places every tensor within the file; names are unique and no two tensors share a byte, as no writer makes that.
    private func placed(_ rows: [TableRow], alignment: Int) throws(WeightsError) -> [TensorInfo] {
        let start = (cursor.offset + alignment - 1) / alignment * alignment
        var names: Set<String> = []
        var tensors: [TensorInfo] = []
        tensors.reserveCapacity(rows.count)
        for row in rows {
            let quoted = Quotation.quoted(row.name)
            guard names.insert(row.name).inserted else { throw cursor.fail("tensor \(quoted) appears twice") }
            guard row.offset.isMultiple(of: UInt64(alignment)) else {
                throw cursor.fail(
                    "tensor \(quoted) begins at \(row.offset), not a multiple of the alignment \(alignment)")
            }
            guard start <= fileBytes, row.byteCount <= fileBytes - start,
                row.offset <= UInt64(fileBytes - start - row.byteCount)
            else {
                throw cursor.fail(
                    "tensor \(quoted) (\(row.byteCount) bytes at offset \(row.offset) of the data) "
                        + "reaches beyond the end of the file; it may be cut short")
            }
            tensors.append(
                TensorInfo(
                    name: row.name, dimensions: row.dimensions, type: row.type, byteOffset: start + Int(row.offset),
                    byteCount: row.byteCount))
        }
        try refuseOverlap(tensors)
        return tensors
    }

    private func refuseOverlap(_ tensors: [TensorInfo]) throws(WeightsError) {
        let ordered = tensors.sorted { $0.byteOffset < $1.byteOffset }
        for (first, second) in zip(ordered, ordered.dropFirst()) {
            guard first.byteOffset + first.byteCount <= second.byteOffset else {
                throw cursor.fail(
                    "tensors \(Quotation.quoted(first.name)) and \(Quotation.quoted(second.name)) share bytes"
                )
            }
        }
    }
}
