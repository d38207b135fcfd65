import HTTP

/// What one answer has said so far, and how far each of those who joined it is. Pure: no clock, no queue, nothing is called.
///
/// The client that asked is told by the code that writes the answer; the record only knows whether it is still there. What was
/// written is kept in the pieces in which it was written, whose storage is the writer's.
struct AnswerRecord: Sendable {
    /// Someone who joined, and is told the answer from here.
    struct Reader: Sendable {
        /// Unique within the answer.
        let id: Int
        /// The way to it.
        let exchange: any Exchange
        /// Which of its client's attempts this is.
        let attempt: RetryAttempt
        fileprivate var hasHead = false
        /// Pieces of the stream that it has been given.
        fileprivate var position = 0
    }

    /// The next thing that a reader is to be told.
    enum Step: Sendable {
        case respond(Response)
        case start(ResponseHead)
        case write([UInt8])
        case finish
    }

    private enum Form: Sendable {
        case unknown
        case whole(Response)
        case streamed(ResponseHead)
    }

    /// Which attempt began it; nil once its client has left, or has been told everything.
    private(set) var first: RetryAttempt?
    /// Those who joined.
    private(set) var readers: [Reader] = []
    /// Whether it can still be told from its beginning.
    private(set) var isKept = true
    /// Whether nothing will be added.
    private(set) var isEnded = false
    /// Whether somebody was told its end.
    private(set) var isDelivered = false
    /// Whether more than comments was written.
    private(set) var hasContent = false
    private var form = Form.unknown
    /// What was written, from piece `dropped` of the stream on, and its bytes.
    private var pieces: [[UInt8]] = []
    private var dropped = 0
    private var pieceBytes = 0
    private var readerCount = 0

    /// An answer that has said nothing to the client of this attempt.
    init(for first: RetryAttempt) { self.first = first }

    /// Bytes that are held.
    var heldBytes: Int {
        if case .whole(let response) = form { return response.body.count }
        return pieceBytes
    }

    /// Whether nobody reads it.
    var isDeserted: Bool { first == nil && readers.isEmpty }

    /// Whether it is an answer at all, rather than a refusal.
    var isSuccess: Bool {
        switch form {
        case .unknown: true
        case .whole(let response): response.status < 400
        case .streamed(let head): head.status < 400
        }
    }

    /// Readers that have not been told everything.
    var behind: [Reader] { readers.filter { nextStep(of: $0) != nil } }

    // MARK: What is said

    /// The whole answer.
    mutating func respond(_ response: Response) {
        guard !isEnded, case .unknown = form else { return }
        form = .whole(response)
        end()
    }

    /// The head of a stream.
    mutating func start(_ head: ResponseHead) {
        guard !isEnded, case .unknown = form else { return }
        form = .streamed(head)
    }

    /// More of a stream; a comment is no content.
    mutating func write(_ piece: [UInt8]) {
        guard !isEnded, case .streamed = form else { return }
        hasContent = hasContent || piece.first != UInt8(ascii: ":")
        guard isKept || !readers.isEmpty else { return }
        pieces.append(piece)
        pieceBytes += piece.count + Self.pieceOverhead
    }

    /// The end of a stream.
    mutating func finish() { end() }

    private mutating func end() {
        isEnded = true
        isDelivered = isDelivered || first != nil
        first = nil
    }

    /// From now on only what readers have not been told is held.
    mutating func stopKeeping() {
        isKept = false
        dropTold()
    }

    // MARK: Who is told

    /// Adds a reader, who is told everything from the beginning.
    /// - Returns: its id.
    mutating func add(_ exchange: any Exchange, _ attempt: RetryAttempt) -> Int {
        readerCount += 1
        readers.append(Reader(id: readerCount, exchange: exchange, attempt: attempt))
        return readerCount
    }

    /// Forgets someone who joined, or with nil the client that asked.
    /// - Returns: which attempt that was; nil when nobody was forgotten.
    mutating func remove(_ id: Int?) -> RetryAttempt? {
        guard let id else {
            defer { first = nil }
            return first
        }
        return readers.firstIndex { $0.id == id }.map { readers.remove(at: $0).attempt }
    }

    /// What a reader is told next; after its end it is no reader any more.
    mutating func takeStep(of id: Int) -> (step: Step, exchange: any Exchange)? {
        guard let index = readers.firstIndex(where: { $0.id == id }) else { return nil }
        guard let step = nextStep(of: readers[index]) else { return nil }
        let exchange = readers[index].exchange
        switch step {
        case .respond, .finish:
            isDelivered = true
            readers.remove(at: index)
        case .start: readers[index].hasHead = true
        case .write:
            readers[index].position += 1
            dropTold()
        }
        return (step, exchange)
    }

    private func nextStep(of reader: Reader) -> Step? {
        switch form {
        case .unknown: return isEnded ? .finish : nil
        case .whole(var response):
            if reader.attempt.isAbsorbed { response.fields.append(Self.field, "true") }
            return .respond(response)
        case .streamed(var head):
            guard reader.hasHead else {
                if reader.attempt.isAbsorbed { head.fields.append(Self.field, "true") }
                return .start(head)
            }
            let told = reader.position - dropped
            if told < pieces.count { return .write(pieces[told]) }
            return isEnded ? .finish : nil
        }
    }

    /// What every reader knows is needed only by those who may still come.
    private mutating func dropTold() {
        guard !isKept else { return }
        if readers.isEmpty { form = .unknown }
        let end = dropped + pieces.count
        guard readers.allSatisfy({ $0.hasHead && $0.position == end }) else { return }
        dropped = end
        pieces.removeAll()
        pieceBytes = 0
    }

    /// What an array takes beside its bytes.
    private static let pieceOverhead = 56
    /// Tells a client that its request did not begin anything.
    private static let field = "x-michat-absorbed"
}
