package import Platform

/// A value of the key-value part as it is to be written.
package enum GGUFValue: Sendable {
    case text(String)
    case unsigned(UInt32)
    case real(Float)
    case flag(Bool)
    case strings(PackedStrings)
    case integers([Int32])
    case reals([Float])

    fileprivate var typeNumber: UInt32 {
        switch self {
        case .unsigned: 4
        case .real: 6
        case .flag: 7
        case .text: 8
        case .strings, .integers, .reals: 9
        }
    }
}

/// A tensor as it is announced: its bytes follow in the same order.
package struct GGUFTensor: Sendable {
    /// Name in the file.
    package let name: String
    /// Extents, innermost first.
    package let dimensions: [Int]
    /// Storage of the elements.
    package let type: TensorType
    /// Stored size.
    package let byteCount: Int

    /// A tensor of these extents; nil where they are no whole blocks of the type.
    package init?(name: String, dimensions: [Int], type: TensorType) {
        guard let bytes = type.byteCount(elements: dimensions.reduce(1, *)) else { return nil }
        self.name = name
        self.dimensions = dimensions
        self.type = type
        byteCount = bytes
    }
}

/// Writes a GGUF file of version 3: everything but the weights at once, then tensor after tensor.
package struct GGUFWriter {
    private let file: NewFile
    private let path: String
    private var waiting: ArraySlice<GGUFTensor>
    private var written = 0

    /// Starts the file with its keys and its table of tensors.
    /// - Throws: `WeightsError` where the file cannot be written.
    package init(_ file: NewFile, values: [(String, GGUFValue)], tensors: [GGUFTensor]) throws(WeightsError) {
        self.file = file
        path = file.path
        waiting = tensors[...]
        var head = GGUFBytes()
        head.append(UInt32(0x4655_4747))
        head.append(UInt32(3))
        head.append(UInt64(tensors.count))
        head.append(UInt64(values.count))
        for (key, value) in values { head.append(key, value) }
        var offset = 0
        for tensor in tensors {
            head.append(tensor, offset: offset)
            offset += Self.aligned(tensor.byteCount)
        }
        try perform { () throws(Errno) in
            unsafe try file.write(head.bytes.span.bytes)
            try file.pad(to: GGUFLimits.usualAlignment)
        }
    }

    /// The next bytes of the tensor whose turn it is.
    /// - Throws: `WeightsError` where the file cannot be written.
    package mutating func append(_ bytes: RawSpan) throws(WeightsError) {
        guard let tensor = waiting.first else { preconditionFailure("more bytes than tensors") }
        written += bytes.byteCount
        precondition(written <= tensor.byteCount, "more bytes than the tensor has")
        do throws(Errno) {
            try file.write(bytes)
            if written == tensor.byteCount { try file.pad(to: GGUFLimits.usualAlignment) }
        } catch {
            throw WeightsError(file: path, reason: "\(error)")
        }
        guard written == tensor.byteCount else { return }
        waiting.removeFirst()
        written = 0
    }

    /// The same for bytes in an array.
    /// - Throws: `WeightsError` where the file cannot be written.
    package mutating func append(bytes: [UInt8]) throws(WeightsError) {
        unsafe try append(bytes.span.bytes)
    }

    /// The same for floats.
    /// - Throws: `WeightsError` where the file cannot be written.
    package mutating func append(floats: [Float]) throws(WeightsError) {
        unsafe try append(floats.span.bytes)
    }

    /// Gives the file its name.
    /// - Throws: `WeightsError` where the file cannot be brought to the disk or be given its name.
    package func commit() throws(WeightsError) {
        precondition(waiting.isEmpty, "a tensor was announced and not written")
        try perform { () throws(Errno) in try file.commit() }
    }

    private func perform(_ work: () throws(Errno) -> Void) throws(WeightsError) {
        do throws(Errno) {
            try work()
        } catch {
            throw WeightsError(file: path, reason: "\(error)")
        }
    }

    private static func aligned(_ bytes: Int) -> Int {
        (bytes + GGUFLimits.usualAlignment - 1) / GGUFLimits.usualAlignment * GGUFLimits.usualAlignment
    }
}

/// Numbers and strings in the byte order of the format.
private struct GGUFBytes {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ number: some FixedWidthInteger) {
        for place in 0..<number.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place)))
        }
    }

    mutating func append(_ text: some Collection<UInt8>) {
        append(UInt64(text.count))
        bytes += text
    }

    mutating func append(_ key: String, _ value: GGUFValue) {
        append(key.utf8)
        append(value.typeNumber)
        switch value {
        case .text(let text): append(text.utf8)
        case .unsigned(let number): append(number)
        case .real(let number): append(number.bitPattern)
        case .flag(let flag): bytes.append(flag ? 1 : 0)
        case .strings(let strings):
            append(UInt32(8))
            append(UInt64(strings.count))
            for index in 0..<strings.count { append(strings[index]) }
        case .integers(let numbers):
            append(UInt32(5))
            append(UInt64(numbers.count))
            for number in numbers { append(number) }
        case .reals(let numbers):
            append(UInt32(6))
            append(UInt64(numbers.count))
            for number in numbers { append(number.bitPattern) }
        }
    }

    mutating func append(_ tensor: GGUFTensor, offset: Int) {
        append(tensor.name.utf8)
        append(UInt32(tensor.dimensions.count))
        for extent in tensor.dimensions { append(UInt64(extent)) }
        append(tensor.type.identifier)
        append(UInt64(offset))
    }
}
