import Platform

/// Small text files that a person names on the command line.
enum TextFile {
    /// The largest file that is read.
    static let maximumBytes = 64 << 20

    /// The bytes at `path`; `-` is standard input.
    static func bytes(_ path: String) throws(CommandFailure) -> [UInt8] {
        do {
            if path == "-" { return try standardInput() }
            let file = try FileDescriptor(readingPath: path)
            var bytes: [UInt8] = []
            while bytes.count <= maximumBytes {
                let part = try file.read(maximumBytes: 1 << 16)
                if part.isEmpty { return bytes }
                bytes += part
            }
        } catch {
            throw CommandFailure("\(path): \(error)")
        }
        throw CommandFailure("\(path): larger than \(maximumBytes >> 20) MiB")
    }

    /// The text at `path`; it must be UTF-8.
    static func text(_ path: String) throws(CommandFailure) -> String {
        guard let text = String(validating: try bytes(path), as: UTF8.self) else {
            throw CommandFailure("\(path): not UTF-8")
        }
        return text
    }

    /// What stands on standard input, to its end.
    private static func standardInput() throws -> [UInt8] {
        let input = try FileDescriptor(readingPath: "/dev/stdin")
        var bytes: [UInt8] = []
        while bytes.count <= maximumBytes {
            let part = try input.read(maximumBytes: 1 << 16)
            if part.isEmpty { return bytes }
            bytes += part
        }
        throw CommandFailure("standard input: more than \(maximumBytes >> 20) MiB")
    }
}
