import Glibc

/// Small text files that a person names on the command line.
package enum TextFile {
    /// The largest file that is read.
    package static let maximumBytes = 64 << 20

    /// How long the other side of a pipe may say nothing.
    private static let pipeMilliseconds = 5000

    /// The bytes at `path`; `-` is standard input.
    /// - Throws: ``TextFileError`` for what cannot be read, or is too large.
    package static func bytes(_ path: String) throws(TextFileError) -> [UInt8] {
        do throws(Errno) {
            let file = try open(path)
            var bytes: [UInt8] = []
            while bytes.count <= maximumBytes {
                let part = try read(file)
                if part.isEmpty { return bytes }
                bytes += part
            }
        } catch {
            throw TextFileError(name: name(path), reason: error.description)
        }
        throw TextFileError(name: name(path), reason: "larger than \(maximumBytes >> 20) MiB")
    }

    /// The text at `path`, without a byte order mark at its beginning; it must be UTF-8.
    /// - Throws: ``TextFileError`` for what cannot be read, is too large, or is not UTF-8.
    package static func text(_ path: String) throws(TextFileError) -> String {
        guard let text = String(validating: try bytes(path), as: UTF8.self) else {
            throw TextFileError(name: name(path), reason: "not UTF-8")
        }
        return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    /// The next bytes; a pipe is waited for, within a bound.
    private static func read(_ file: borrowing FileDescriptor) throws(Errno) -> [UInt8] {
        do throws(Errno) {
            return try file.read(maximumBytes: 1 << 16)
        } catch {
            guard error.code == EAGAIN, try file.waitUntilReadable(milliseconds: pipeMilliseconds) else { throw error }
            return try file.read(maximumBytes: 1 << 16)
        }
    }

    private static func open(_ path: String) throws(Errno) -> FileDescriptor {
        if path == "-" { return try FileDescriptor(duplicating: 0) }
        return try FileDescriptor(readingPath: path)
    }

    /// What messages call the file at `path`.
    package static func name(_ path: String) -> String { path == "-" ? "standard input" : path }
}

/// A text file that cannot be used: which one, and why.
package struct TextFileError: Error, Equatable, CustomStringConvertible {
    /// What messages call the file.
    package let name: String
    /// What is wrong with it.
    package let reason: String

    /// `FILE: reason`
    package var description: String { "\(name): \(reason)" }
}
