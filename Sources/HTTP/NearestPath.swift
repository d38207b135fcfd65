/// Finds the route that was probably meant by a path that leads nowhere.
enum NearestPath {
    /// The closest of the routes' paths; nil when none is close enough to be worth naming.
    ///
    /// A path counts as itself, without its first segment (`/api/v1/models`, `/v1/tokenize`), and either below `/v1`.
    static func of(_ path: String, among routes: [String]) -> String? {
        guard path.utf8.count <= longestPath else { return nil }
        var variants = [path, "/v1" + path]
        if let second = path.dropFirst().firstIndex(of: "/") {
            variants += [String(path[second...]), "/v1" + path[second...]]
        }
        var best: (path: String, distance: Int)?
        // Nobody who types a path means none.
        for route in routes where route != "/" {
            for variant in variants {
                let distance = distance(Array(variant.utf8), Array(route.utf8))
                if distance < best?.distance ?? mostChanges(route) + 1 { best = (route, distance) }
            }
        }
        return best?.path
    }

    /// How many bytes may be wrong: a third of the last segment.
    private static func mostChanges(_ route: String) -> Int {
        max(1, (route.split(separator: "/").last?.utf8.count ?? 0) / 3)
    }

    /// Insertions, deletions and replacements between two words (Levenshtein, 1965).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let change = diagonal + (ASCII.lowercased(byte) == ASCII.lowercased(other) ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }

    private static let longestPath = 128
}
