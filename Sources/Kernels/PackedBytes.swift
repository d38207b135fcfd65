internal import CKernels
internal import Platform

extension Matrix {
    /// Says how matrices lie in memory; files with packed matrices of another version are of no use.
    package static let layoutVersion = 2
    /// Says which codes the encoders choose.
    package static let encoderVersion = 1

    /// The packed form.
    package var packedBytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: view.panels, byteCount: byteCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}

extension Compute {
    /// SHA-256 of the SHA-256s of all MiB of `bytes`.
    package func digest(of bytes: [UInt8]) -> [UInt8] { unsafe digest(bytes.span.bytes) }

    /// A fast checksum of all MiB of `bytes`, against accidents alone.
    package func checksum(_ bytes: RawSpan) -> [UInt8] { Digest.checksum(bytes, pool: pool) }

    /// SHA-256 of the SHA-256s of all MiB of `bytes`.
    package func digest(_ bytes: RawSpan) -> [UInt8] { Digest.ofParts(bytes, pool: pool) }
}
