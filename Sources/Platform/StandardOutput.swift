internal import Glibc

/// The standard output stream, without a buffer: what is written is seen.
package enum StandardOutput {
    /// Writes all of `bytes`; when nobody reads any more, the rest is dropped.
    ///
    /// - Throws: the error of the call, as when the disk is full or the stream is closed.
    package static func write(_ bytes: [UInt8]) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = Array(rest)
            do throws(Errno) {
                rest = rest.dropFirst(try retryingInterrupts("write") { unsafe Glibc.write(1, chunk, chunk.count) })
            } catch {
                guard error.code != EPIPE else { return }
                throw error
            }
        }
    }
}
