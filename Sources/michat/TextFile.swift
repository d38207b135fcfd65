import Platform

/// Small text files that a person names on the command line.
enum TextFile {
    /// The largest file that is read.
    static let maximumBytes = 64 << 20

    /// The bytes at `path`; `-` is standard input.
    static func bytes(_ path: String) throws(CommandFailure) -> [UInt8] {
        do throws(Errno) {
            let file = try open(path)
            var bytes: [UInt8] = []
            while bytes.count <= maximumBytes {
                let part = try file.read(maximumBytes: 1 << 16)
                if part.isEmpty { return bytes }
                bytes += part
            }
        } catch {
            throw CommandFailure("\(name(path)): \(error)")
        }
        throw CommandFailure("\(name(path)): larger than \(maximumBytes >> 20) MiB")
    }

    /// The text at `path`, without a byte order mark at its beginning; it must be UTF-8.
    static func text(_ path: String) throws(CommandFailure) -> String {
        guard let text = String(validating: try bytes(path), as: UTF8.self) else {
            throw CommandFailure("\(name(path)): not UTF-8")
        }
        return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    private static func open(_ path: String) throws(Errno) -> FileDescriptor {
        if path == "-" { return try FileDescriptor(duplicating: 0) }
        return try FileDescriptor(readingPath: path)
    }

    /// What messages call the file at `path`.
    static func name(_ path: String) -> String { path == "-" ? "standard input" : path }
}
