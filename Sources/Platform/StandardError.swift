internal import Glibc

/// The standard error stream, without a buffer: a line leaves in one call.
package enum StandardError {
    /// Writes all of `bytes`; a closed or full stream loses them, never the process.
    package static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = Array(rest)
            guard let sent = try? retryingInterrupts("write", { unsafe Glibc.write(2, chunk, chunk.count) }), sent > 0
            else { return }
            rest = rest.dropFirst(sent)
        }
    }
}
