import Foundation

/// A control group with a bound of memory, below the one that the tests run in.
final class ControlGroup: Sendable {
    /// Its folder; whoever writes their number into `cgroup.procs` there belongs to it.
    let folder: URL

    /// Makes a group of version 1 or 2; nil where none can be made.
    init?(bytes: Int) {
        let ways = [("memory", "memory.limit_in_bytes"), ("", "memory.max")]
        for (controller, name) in ways {
            guard let parent = Self.own(controller) else { continue }
            let folder = parent.appendingPathComponent("michat-tests-\(UUID().uuidString)")
            guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)) != nil
            else {
                continue
            }
            if (try? Data("\(bytes)".utf8).write(to: folder.appendingPathComponent(name))) != nil {
                self.folder = folder
                return
            }
            Self.remove(folder)
        }
        return nil
    }

    deinit { Self.remove(folder) }

    /// Removes a group that is empty; the files in its folder cannot be removed, and need not be.
    private static func remove(_ folder: URL) {
        let removal = try? Process.run(URL(fileURLWithPath: "/bin/rmdir"), arguments: [folder.path])
        removal?.waitUntilExit()
    }

    /// The program and its arguments as they are started in the group.
    func command(_ program: URL, _ arguments: [String]) -> (program: URL, arguments: [String]) {
        let entering = "echo $$ > '\(folder.path)/cgroup.procs' && exec \"$0\" \"$@\""
        return (URL(fileURLWithPath: "/bin/sh"), ["-c", entering, program.path] + arguments)
    }

    /// The folder of our own group.
    private static func own(_ controller: String) -> URL? {
        guard let text = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            let names = parts[1].split(separator: ",").map(String.init)
            guard controller.isEmpty ? parts[0] == "0" : names.contains(controller) else { continue }
            let root = URL(fileURLWithPath: "/sys/fs/cgroup").appendingPathComponent(controller)
            let folder = root.appendingPathComponent(parts[2])
            return FileManager.default.fileExists(atPath: folder.path) ? folder : root
        }
        return nil
    }
}
