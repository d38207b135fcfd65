import Platform

/// Where the bytes of a file are.
enum FileContent: Sendable {
    case mapped(MappedFile)
    case memory([UInt8])

    /// Maps the file at `path`.
    init(path: String) throws(WeightsError) {
        do {
            self = .mapped(try MappedFile(path: path))
        } catch {
            throw WeightsError(file: path, reason: "\(error)")
        }
    }

    var count: Int {
        switch self {
        case .mapped(let mapping): mapping.count
        case .memory(let bytes): bytes.count
        }
    }

    /// Which state of which file this is; empty for bytes in memory.
    var identities: [FileIdentity] {
        switch self {
        case .mapped(let mapping): [mapping.identity]
        case .memory: []
        }
    }

    /// All bytes, for as long as the caller keeps this value alive.
    @unsafe var bytes: RawSpan {
        @_lifetime(immortal)
        get {
            switch self {
            case .mapped(let mapping): unsafe mapping.bytesForOwner
            case .memory(let bytes): unsafe _overrideLifetime(bytes.span.bytes, copying: ())
            }
        }
    }

    /// A copy of all bytes; for small files.
    var copy: [UInt8] {
        switch self {
        case .memory(let bytes): bytes
        case .mapped(let mapping): unsafe mapping.bytes.withUnsafeBytes { unsafe Array($0) }
        }
    }

    /// Refuses what git leaves in the place of a large file that was not fetched.
    func refusePointer(_ path: String) throws(WeightsError) {
        guard count <= Self.mostPointerBytes, copy.starts(with: Self.pointer) else { return }
        throw WeightsError(
            file: path, reason: "this is a pointer of git-lfs, not the file itself; 'git lfs pull' fetches it")
    }

    private static let pointer = Array("version https://git-lfs.github.com/spec/".utf8)
    private static let mostPointerBytes = 1024

    /// Gives the memory of the pages in `range` back to the system; they are read again when needed.
    func release(_ range: Range<Int>) {
        guard case .mapped(let mapping) = self else { return }
        mapping.release(range)
    }
}
