/// Reads little-endian fields one after the other and never leaves its bytes.
struct ByteCursor: ~Escapable {
    private let bytes: RawSpan
    /// Offset of the next unread byte.
    private(set) var offset: Int
    private let file: String

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, file: String) {
        self.bytes = bytes
        self.offset = 0
        self.file = file
    }

    /// Bytes not yet read.
    var remaining: Int { bytes.byteCount - offset }

    /// The next integer; `field` says what it is, should the file end here.
    mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type, _ field: @autoclosure () -> String
    ) throws(WeightsError) -> T {
        guard remaining >= MemoryLayout<T>.size else { throw ended(field()) }
        let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type)
        offset += MemoryLayout<T>.size
        return T(littleEndian: value)
    }

    /// The next unsigned 64-bit number, as a length that the rest of the file could hold.
    ///
    /// `unitBytes` is the least that one counted thing takes in the file.
    mutating func length(
        unitBytes: Int, _ field: @autoclosure () -> String
    ) throws(WeightsError) -> Int {
        let stored = try integer(UInt64.self, field())
        guard stored <= UInt64(remaining / unitBytes) else {
            throw fail("\(field()) is \(stored), more than the rest of the file (\(remaining) bytes) can hold")
        }
        return Int(stored)
    }

    /// Appends the next `count` bytes to `target`.
    mutating func read(
        _ count: Int, into target: inout [UInt8], _ field: @autoclosure () -> String
    ) throws(WeightsError) {
        guard count >= 0, count <= remaining else { throw ended(field()) }
        let part = bytes.extracting(offset..<(offset + count))
        unsafe part.withUnsafeBytes { unsafe target.append(contentsOf: $0) }
        offset += count
    }

    /// The next length-prefixed text of at most `maximumBytes`, which has to be UTF-8.
    mutating func text(maximumBytes: Int, _ field: @autoclosure () -> String) throws(WeightsError) -> String {
        let count = try length(unitBytes: 1, "the length of \(field())")
        guard count <= maximumBytes else {
            throw fail("\(field()) is \(count) bytes long; at most \(maximumBytes) are accepted")
        }
        var raw: [UInt8] = []
        try read(count, into: &raw, field())
        guard let text = String(validating: raw, as: UTF8.self) else { throw fail("\(field()) is not UTF-8") }
        return text
    }

    /// An error about this file.
    func fail(_ reason: String) -> WeightsError { WeightsError(file: file, reason: reason) }

    private func ended(_ field: String) -> WeightsError {
        fail("the file is cut short: it ends at byte \(bytes.byteCount), inside \(field)")
    }
}
