/// How long it takes until the next sequence ends, smoothed over the last endings.
struct EndingRate {
    private(set) var secondsPerEnding = 0.0
    private var lastEndingAt: Double?
    private static let weightOfLatest = 0.2

    /// Counts an ending. The time before its submission was idle, not work.
    mutating func count(endingAt time: Double, submittedAt: Double) {
        if let lastEndingAt {
            let interval = time - max(lastEndingAt, submittedAt)
            secondsPerEnding += (interval - secondsPerEnding) * Self.weightOfLatest
        }
        lastEndingAt = time
    }
}
