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

    deinit {
        unsafe sys_region_destroy(address, byteCount)
    }
}
