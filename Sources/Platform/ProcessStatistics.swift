internal import Glibc

/// What the kernel counts about this process.
package struct ProcessStatistics: Sendable {
    /// Memory in use, in bytes.
    package let residentBytes: Int
    /// Address space in use, in bytes.
    package let virtualBytes: Int
    /// Processor time of all threads, in seconds.
    package let processorSeconds: Double
    /// Descriptors that are open.
    package let openDescriptors: Int

    /// The counts of now; 0 where the kernel does not say.
    package init() {
        let pages = (KernelFile.text("/proc/self/statm") ?? "").split(separator: " ").prefix(2).compactMap { Int($0) }
        let page = Int(sysconf(CInt(_SC_PAGESIZE)))
        virtualBytes = pages.count == 2 ? pages[0] * page : 0
        residentBytes = pages.count == 2 ? pages[1] * page : 0
        var usage = rusage()
        _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        processorSeconds = [usage.ru_utime, usage.ru_stime].reduce(0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
        }
        openDescriptors = Self.descriptors()
    }

    /// All but the one by which they are counted.
    private static func descriptors() -> Int { max(0, ((try? Folder.names("/proc/self/fd").count) ?? 0) - 1) }
}
