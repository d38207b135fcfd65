internal import CSystem

/// Zeroed memory straight from the system, on huge pages where it grants them, given back on deinit.
///
/// Nothing is resident before it is touched.
@safe package final class MemoryRegion {
    /// Bytes of the region.
    package let byteCount: Int
    /// First byte, aligned to a page, and to a huge one where the region is as large.
    package let address: UnsafeMutableRawPointer

    /// Maps a region; nil when the system has no address space left for it.
    package init?(byteCount: Int) {
        guard byteCount > 0, let address = unsafe sys_region_create(byteCount) else { return nil }
        self.byteCount = byteCount
        unsafe self.address = unsafe address
    }

    /// Makes the bytes of `range` resident, by all threads of the pool, each page by one of them.
    package func touch(_ range: Range<Int>, pool: ComputePool) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a range outside the region")
        var job = unsafe sys_region_touch(region: address, start: range.lowerBound, end: range.upperBound)
        let parts = unsafe sys_region_touch_parts(&job)
        unsafe pool.run(sys_region_touch_part, context: &job, parts: parts)
    }

    deinit {
        unsafe sys_region_destroy(address, byteCount)
    }
}
