internal import Platform

/// The memory of all matrices of a model: one mapping on huge pages, an unreadable page behind it.
///
/// A matrix for itself would lie on small pages unless it is many times as large as a huge one. The memory is given back as
/// a whole, when the arena and every matrix in it are gone.
package final class MatrixArena {
    let region: MemoryRegion
    private var takenBytes = 0

    /// Room for matrices whose packed forms take so many bytes together; nil: more than can be counted.
    /// - Throws: `MatrixError` where memory is short.
    package init(byteCount: Int?) throws(MatrixError) {
        guard let byteCount, let region = MemoryRegion(byteCount: byteCount) else { throw .memory(bytes: byteCount) }
        self.region = region
    }

    /// The place of the next matrix; what is packed there is a multiple of a cache line.
    func take(_ byteCount: Int) throws(MatrixError) -> UnsafeMutablePointer<UInt8> {
        guard byteCount <= region.byteCount - takenBytes else { throw .memory(bytes: byteCount) }
        defer { takenBytes += byteCount }
        return unsafe (region.address + takenBytes).assumingMemoryBound(to: UInt8.self)
    }
}
