import LineEditing
import Platform

/// The questions of earlier conversations, in a file that only this user can read.
package struct HistoryFile {
    /// Where it is.
    package let path: String

    private static let name = "chat_history"

    /// The file below `$XDG_STATE_HOME/michat`, usually `~/.local/state/michat`; nil where there is no such place.
    package init?(environment: [String: String]) {
        let home = environment["HOME"] ?? ""
        let state = environment["XDG_STATE_HOME"] ?? ""
        let base = state.hasPrefix("/") ? state : home.hasPrefix("/") ? home + "/.local/state" : ""
        guard !base.isEmpty else { return nil }
        path = base + "/michat/" + Self.name
    }

    /// The entries, the oldest first; an unreadable file has none.
    package func entries() -> [String] {
        guard let bytes = try? TextFile.bytes(path) else { return [] }
        let entries = HistoryText.entries(String(decoding: bytes, as: UTF8.self))
        if bytes.count > HistoryText.maximumFileBytes { replace(with: entries) }
        return entries
    }

    /// Adds an entry. Questions are not worth an error: what cannot be written is only not remembered.
    package func append(_ entry: String) {
        guard let line = HistoryText.line(entry), let slash = path.lastIndex(of: "/"),
            (try? CacheFolder(path: String(path[..<slash]))) != nil,
            let file = try? FileDescriptor(appendingPath: path)
        else { return }
        _ = try? file.write(Array(line.utf8).span)
    }

    /// Keeps the newest entries that take half of the room.
    private func replace(with entries: [String]) {
        var lines: [String] = []
        var bytes = 0
        for entry in entries.reversed() {
            guard let line = HistoryText.line(entry), bytes + line.utf8.count <= HistoryText.maximumFileBytes / 2
            else { break }
            bytes += line.utf8.count
            lines.append(line)
        }
        guard let file = try? NewFile(path: path, isPrivate: true) else { return }
        guard (try? file.write(Array(lines.reversed().joined().utf8))) != nil else { return }
        try? file.commit()
    }
}
