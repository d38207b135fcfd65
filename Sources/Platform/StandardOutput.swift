internal import Glibc

/// The standard output stream, without a buffer: what is written is seen.
package enum StandardOutput {
    /// Writes all of `bytes`; when nobody reads any more, the rest is dropped.
    package static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = Array(rest)
            guard let sent = try? retryingInterrupts("write", { unsafe Glibc.write(1, chunk, chunk.count) }), sent > 0
            else { return }
            rest = rest.dropFirst(sent)
        }
    }
}
