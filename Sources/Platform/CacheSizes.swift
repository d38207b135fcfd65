/// The caches of the first processor, in bytes, as the kernel describes them.
package struct CacheSizes: Sendable, Equatable {
    /// The second level, and the last one, which cores may share.
    package let level2, level3: Int

    /// What is assumed where the kernel does not say.
    private static let assumed = CacheSizes(level2: 1 << 20, level3: 32 << 20)

    /// Reads `/sys/devices/system/cpu/cpu0/cache`; a level that is missing there is assumed.
    package static func read() -> CacheSizes { read(root: "") }

    /// As `read()`, with the kernel's files looked up below `root`.
    package static func read(root: String) -> CacheSizes {
        var found: [Int: Int] = [:]
        for index in 0..<8 {
            let folder = "\(root)/sys/devices/system/cpu/cpu0/cache/index\(index)"
            guard let level = ControlGroup.number(folder + "/level"), let bytes = size(folder + "/size") else {
                continue
            }
            if KernelFile.text(folder + "/type")?.hasPrefix("Instruction") != true { found[level] = bytes }
        }
        let level2 = found[2] ?? assumed.level2
        return CacheSizes(level2: level2, level3: max(found[3] ?? (found.isEmpty ? assumed.level3 : level2), level2))
    }

    /// "32768K" in bytes.
    private static func size(_ path: String) -> Int? {
        guard let text = KernelFile.text(path)?.filter({ !$0.isWhitespace }) else { return nil }
        let units = ["K": 10, "M": 20, "G": 30]
        guard let last = text.last, let shift = units[String(last)] else {
            return Int(text).flatMap { $0 > 0 ? $0 : nil }
        }
        guard let number = Int(text.dropLast()), number > 0, number < 1 << 30 else { return nil }
        return number << shift
    }
}
