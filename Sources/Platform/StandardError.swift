internal import Glibc

/// The standard error stream, without a buffer: a line leaves in one call.
package enum StandardError {
    /// The lines of a service, which must go on when nobody reads them.
    package static let lines = LineQueue(descriptor: 2, maximumBytes: 512 << 10)

    /// Writes all of `bytes`, for as long as that takes; a closed stream or a full disk loses them, never the process.
    package static func write(_ bytes: [UInt8]) { write(bytes, to: 2) }

    static func write(_ bytes: [UInt8], to descriptor: CInt) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = Array(rest)
            let written = try? retryingInterrupts("write", { unsafe Glibc.write(descriptor, chunk, chunk.count) })
            guard let sent = written, sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }
}
