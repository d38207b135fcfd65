internal import COpenSSL

/// SHA-256 and comparison of secrets, by OpenSSL.
/// Source: FIPS 180-4.
package enum Digest {
    /// The 32 bytes of SHA-256.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        unsafe _ = SHA256(bytes, bytes.count, &digest)
        return digest
    }

    /// SHA-256 of the SHA-256s of all MiB of `bytes`, worked out by all threads of the pool.
    package static func ofParts(_ bytes: RawSpan, pool: ComputePool) -> [UInt8] {
        let parts = (bytes.byteCount + partBytes - 1) / partBytes
        var digests = [UInt8](repeating: 0, count: 32 * parts)
        unsafe bytes.withUnsafeBytes { source in
            unsafe digests.withUnsafeMutableBufferPointer { target in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                var job = unsafe Job(source: from, byteCount: source.count, digests: to)
                unsafe pool.run(
                    { context, part in
                        guard let job = unsafe context?.assumingMemoryBound(to: Job.self).pointee else { return }
                        let start = part * Digest.partBytes
                        let count = unsafe min(Digest.partBytes, job.byteCount - start)
                        unsafe _ = SHA256(job.source + start, count, job.digests + 32 * part)
                    }, context: &job, parts: parts)
            }
        }
        return sha256(digests)
    }

    private static let partBytes = 1 << 20

    @unsafe private struct Job {
        let source: UnsafeRawPointer
        let byteCount: Int
        let digests: UnsafeMutablePointer<UInt8>
    }

    /// Whether two strings of bytes are equal, in a time that depends only on their lengths.
    package static func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }
}
