import Platform
import Testing

/// Cache sizes are those of the kernel's files, and sensible without them.
@Suite struct CacheSizesTests {
    private static func tree(_ caches: [(level: String, type: String, size: String)]) throws -> TemporaryTree {
        let tree = try TemporaryTree()
        for (index, cache) in caches.enumerated() {
            let folder = "sys/devices/system/cpu/cpu0/cache/index\(index)"
            try tree.write(folder + "/level", cache.level + "\n")
            try tree.write(folder + "/type", cache.type + "\n")
            try tree.write(folder + "/size", cache.size + "\n")
        }
        return tree
    }

    @Test func theyAreReadByLevel() throws {
        let tree = try Self.tree([
            ("1", "Data", "48K"), ("1", "Instruction", "32K"), ("2", "Unified", "2048K"), ("3", "Unified", "260M"),
        ])
        let sizes = CacheSizes.read(root: tree.path)
        #expect(sizes.level2 == 2 << 20 && sizes.level3 == 260 << 20)
    }

    @Test func aMissingLastLevelIsTheSecond() throws {
        let tree = try Self.tree([("1", "Data", "32K"), ("2", "Unified", "4M")])
        let sizes = CacheSizes.read(root: tree.path)
        #expect(sizes.level2 == 4 << 20 && sizes.level3 == 4 << 20)
    }

    @Test(arguments: ["", "K", "-5K", "many", "99999999999999999999K"])
    func garbageIsNotBelieved(_ size: String) throws {
        let tree = try Self.tree([("2", "Unified", size), ("3", "Unified", size)])
        let sizes = CacheSizes.read(root: tree.path)
        #expect(sizes.level2 > 0 && sizes.level3 >= sizes.level2)
        let nowhere = CacheSizes.read(root: tree.path + "/nowhere")
        #expect(nowhere.level2 > 0 && nowhere.level3 >= nowhere.level2)
    }
}
