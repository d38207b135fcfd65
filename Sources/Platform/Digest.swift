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
        unsafe digest(bytes, pool, partDigestBytes: 32) { context, part in
            guard let job = unsafe context?.assumingMemoryBound(to: Job.self).pointee else { return }
            let source = unsafe job.part(part)
            unsafe _ = SHA256(source.baseAddress, source.count, job.digests + 32 * part)
        }
    }

    /// SHA-256 of 128-bit checksums of all MiB of `bytes`, five times as fast: tells what is damaged or another file, but
    /// others with the same one can be made on purpose.
    ///
    /// A checksum is GMAC under a key of zeros. Source: NIST SP 800-38D, section 6.4.
    package static func checksum(_ bytes: RawSpan, pool: ComputePool) -> [UInt8] {
        unsafe digest(bytes, pool, partDigestBytes: checksumBytes) { context, part in
            guard let job = unsafe context?.assumingMemoryBound(to: Job.self).pointee else { return }
            let isDone = unsafe Digest.authenticate(job.part(part), into: job.digests + Digest.checksumBytes * part)
            precondition(isDone, "OpenSSL computes no GMAC")
        }
    }

    private static func digest(
        _ bytes: RawSpan, _ pool: ComputePool, partDigestBytes: Int, _ body: ComputePool.Body
    ) -> [UInt8] {
        let parts = (bytes.byteCount + partBytes - 1) / partBytes
        var digests = [UInt8](repeating: 0, count: partDigestBytes * parts)
        unsafe bytes.withUnsafeBytes { source in
            unsafe digests.withUnsafeMutableBufferPointer { target in
                guard let to = target.baseAddress else { return }
                var job = unsafe Job(source: source, digests: to)
                unsafe pool.run(body, context: &job, parts: parts)
            }
        }
        return sha256(digests)
    }

    private static func authenticate(_ source: UnsafeRawBufferPointer, into tag: UnsafeMutablePointer<UInt8>) -> Bool {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return false }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        let zeros = [UInt8](repeating: 0, count: checksumBytes)
        let start = unsafe source.bindMemory(to: UInt8.self).baseAddress
        var length: CInt = 0
        guard unsafe EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nil, zeros, zeros) == 1,
            unsafe EVP_EncryptUpdate(context, nil, &length, start, CInt(source.count)) == 1,
            unsafe EVP_EncryptFinal_ex(context, tag, &length) == 1
        else { return false }
        return unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, CInt(checksumBytes), tag) == 1
    }

    private static let partBytes = 1 << 20
    private static let checksumBytes = 16

    @unsafe private struct Job {
        let source: UnsafeRawBufferPointer
        let digests: UnsafeMutablePointer<UInt8>

        func part(_ number: Int) -> UnsafeRawBufferPointer {
            let start = number * Digest.partBytes
            return unsafe UnsafeRawBufferPointer(rebasing: source[start..<min(start + Digest.partBytes, source.count)])
        }
    }

    /// Whether two strings of bytes are equal, in a time that depends only on their lengths.
    package static func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }
}
