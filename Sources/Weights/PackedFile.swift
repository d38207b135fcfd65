package import Platform

/// What is known about a file of packed matrices before its matrices are read.
package struct PackedTable: Sendable, Equatable {
    /// A matrix in the file.
    package struct Entry: Sendable, Equatable {
        /// Number of the element format, rows and columns.
        package let format, outputs, inputs: Int
        /// Place in the file, on a page boundary, and size.
        package let byteOffset, byteCount: Int
        /// ``Digest/checksum(_:pool:)`` of the bytes.
        package let checksum: [UInt8]

        /// An entry of these values.
        package init(format: Int, outputs: Int, inputs: Int, byteOffset: Int, byteCount: Int, checksum: [UInt8]) {
            self.format = format
            self.outputs = outputs
            self.inputs = inputs
            self.byteOffset = byteOffset
            self.byteCount = byteCount
            self.checksum = checksum
        }
    }

    /// Digest of what the matrices were made of: names, shapes, formats.
    package let key: [UInt8]
    /// Digest of the bytes that they were made of.
    package var content: [UInt8]
    /// The files that these bytes were read from, as they were then; empty where that was not known well enough.
    package var sources: [FileIdentity]
    /// All matrices, in the order of loading.
    package var entries: [Entry]

    /// The identities that are worth noting down: those of files that have been left alone for a while.
    package static func reliable(_ sources: [FileIdentity]) -> [FileIdentity] {
        sources.allSatisfy(\.isSettled) ? sources : []
    }

    /// A table of these values.
    package init(key: [UInt8], content: [UInt8], sources: [FileIdentity], entries: [Entry]) {
        self.key = key
        self.content = content
        self.sources = sources
        self.entries = entries
    }
}

/// A file of matrices as they lie in memory, written by this program for itself: mapped, and its table checked.
package final class PackedFile: Sendable {
    /// What is in the file.
    package let table: PackedTable
    /// The whole file.
    package let mapping: MappedFile

    /// Size of the whole file.
    package var fileBytes: Int { mapping.count }

    /// Matrices begin on page boundaries.
    static let alignment = 4096
    static let magic: [UInt8] = Array("michat-packed-02".utf8)
    /// Magic number, length of the table, digest of the table.
    static let prefixBytes = 16 + 8 + 32

    /// Maps the file; the error says what is wrong with it.
    /// - Throws: `WeightsError` where the file cannot be mapped, is of another version, or is damaged.
    package init(path: String) throws(WeightsError) {
        let mapping: MappedFile
        do {
            mapping = try MappedFile(path: path)
        } catch {
            throw WeightsError(file: path, reason: "\(error)")
        }
        table = try Self.table(try Self.body(mapping, path), path)
        self.mapping = mapping
        for entry in table.entries {
            guard entry.byteOffset % Self.alignment == 0, entry.byteCount > 0,
                entry.byteOffset <= mapping.count, entry.byteCount <= mapping.count - entry.byteOffset
            else { throw WeightsError(file: path, reason: "the file is cut short") }
        }
    }

    /// The bytes of the table, undamaged.
    private static func body(_ mapping: MappedFile, _ path: String) throws(WeightsError) -> [UInt8] {
        var cursor = ByteCursor(mapping.bytes, file: path)
        var magic: [UInt8] = []
        try cursor.read(Self.magic.count, into: &magic, "the magic number")
        guard magic == Self.magic else { throw cursor.fail("not a file of packed weights of this version") }
        let tableBytes = try cursor.length(unitBytes: 1, "the length of the table")
        var digest: [UInt8] = []
        try cursor.read(32, into: &digest, "the digest of the table")
        var body: [UInt8] = []
        try cursor.read(tableBytes, into: &body, "the table")
        guard Digest.sha256(body) == digest else { throw cursor.fail("the table is damaged") }
        return body
    }

    private static func table(_ body: [UInt8], _ path: String) throws(WeightsError) -> PackedTable {
        var cursor = unsafe ByteCursor(body.span.bytes, file: path)
        var table = PackedTable(
            key: try cursor.tableDigest(), content: try cursor.tableDigest(), sources: [], entries: [])
        for _ in 0..<(try cursor.length(unitBytes: 40, "the number of sources")) {
            var numbers: [UInt64] = []
            for _ in 0..<5 { numbers.append(try cursor.integer(UInt64.self, "a source")) }
            table.sources.append(FileIdentity(numbers: numbers))
        }
        for _ in 0..<(try cursor.length(unitBytes: 72, "the number of matrices")) {
            table.entries.append(
                PackedTable.Entry(
                    format: try cursor.tableNumber(), outputs: try cursor.tableNumber(),
                    inputs: try cursor.tableNumber(), byteOffset: try cursor.tableNumber(),
                    byteCount: try cursor.tableNumber(), checksum: try cursor.tableDigest()))
        }
        return table
    }

    /// The bytes of a matrix.
    @_lifetime(borrow self)
    package func bytes(of entry: PackedTable.Entry) -> RawSpan {
        let span = unsafe mapping.bytesForOwner.extracting(entry.byteOffset..<(entry.byteOffset + entry.byteCount))
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}

extension ByteCursor {
    fileprivate mutating func tableNumber() throws(WeightsError) -> Int {
        guard let number = Int(exactly: try integer(UInt64.self, "the table")) else {
            throw fail("the table holds an impossible number")
        }
        return number
    }

    fileprivate mutating func tableDigest() throws(WeightsError) -> [UInt8] {
        var bytes: [UInt8] = []
        try read(32, into: &bytes, "the table")
        return bytes
    }
}

/// Writes a ``PackedFile``: matrix after matrix, then the table in the room that was left for it.
package final class PackedFileWriter {
    private let file: NewFile
    private let roomBytes: Int

    /// Starts the file with room for a table of so many matrices and sources.
    /// - Throws: `Errno` of the system call that failed.
    package init(path: String, matrices: Int, sources: Int) throws(Errno) {
        file = try NewFile(path: path, isPrivate: true)
        roomBytes = Self.tableBytes(matrices: matrices, sources: sources)
        for _ in 0..<(roomBytes + PackedFile.alignment - 1) / PackedFile.alignment {
            let page = [UInt8](repeating: 0, count: PackedFile.alignment)
            unsafe try file.write(page.span.bytes)
        }
    }

    /// Bytes written so far.
    package var count: Int { file.count }

    /// Appends a matrix and tells where it is.
    /// - Throws: `Errno` of the system call that failed.
    package func append(_ bytes: RawSpan) throws(Errno) -> Int {
        let offset = file.count
        try file.write(bytes)
        try file.pad(to: PackedFile.alignment)
        return offset
    }

    /// Writes the table and gives the file its name.
    /// - Throws: `Errno` of the system call that failed.
    package func commit(_ table: PackedTable) throws(Errno) {
        var body = table.key + table.content
        func append(_ number: UInt64) {
            for place in 0..<8 { body.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(place)))) }
        }
        append(UInt64(table.sources.count))
        for source in table.sources { source.numbers.forEach(append) }
        append(UInt64(table.entries.count))
        for entry in table.entries {
            for number in [entry.format, entry.outputs, entry.inputs, entry.byteOffset, entry.byteCount] {
                append(UInt64(number))
            }
            body += entry.checksum
        }
        let digest = Digest.sha256(body)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: body.count >> (8 * $0)) }
        let head = PackedFile.magic + length + digest + body
        precondition(head.count <= roomBytes, "a table of other counts than were announced")
        try file.overwrite(at: 0, head)
        try file.commit()
    }

    private static func tableBytes(matrices: Int, sources: Int) -> Int {
        PackedFile.prefixBytes + 64 + 8 + 40 * sources + 8 + 72 * matrices
    }
}
