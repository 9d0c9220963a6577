using System.Text;
using UglyToad.PdfPig;
using UglyToad.PdfPig.DocumentLayoutAnalysis.TextExtractor;
using UglyToad.PdfPig.Exceptions;

namespace Kindred.Store.Reading;

/// <summary>The text of a pdf, page by page, in the order of its content.</summary>
internal static class PdfFile
{
    public const int MaxPages = 50_000;

    private const int MaxBrokenPages = 20, Tail = 1 << 14, Stack = 64 << 20;

    public static ReadResult Read(Stream stream, string path, ReadOptions options, CancellationToken cancel)
    {
        if (!HasEndMark(stream)) throw new UnreadableDocumentException(path, "damaged pdf: it is cut off, its end mark is missing");
        // objects and page trees are read by recursion, and a pdf says how deep it goes: not on the caller's stack
        ReadResult? result = null;
        System.Runtime.ExceptionServices.ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = Pages(stream, path, options, cancel);
            }
            catch (Exception e)
            {
                failure = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e);
            }
        }, Stack)
        { IsBackground = true, Name = "pdf" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    private static ReadResult Pages(Stream stream, string path, ReadOptions options, CancellationToken cancel)
    {
        var budget = new PdfBudget(cancel);
        string? note = null;
        try
        {
            using var pdf = PdfDocument.Open(stream, new ParsingOptions { UseLenientParsing = true, SkipMissingFonts = true, FilterProvider = budget });
            var text = new StringBuilder();
            var pages = new List<DocumentPage>();
            var drawings = new PdfDrawings(pdf);
            int last = Math.Min(pdf.NumberOfPages, MaxPages), broken = 0;
            if (last < pdf.NumberOfPages) note = $"only the first {MaxPages} pages were read";
            for (int number = 1; number <= last; number++)
            {
                cancel.ThrowIfCancellationRequested();
                string page = Page(pdf, number, drawings, budget, cancel, out string? problem);
                if (problem is not null)
                {
                    note = broken == 0 ? TextDecoder.Join(note, FormattableString.Invariant($"page {number} was left out: {problem}")) : note;
                    if (++broken > MaxBrokenPages) throw new UnreadableDocumentException(path, $"damaged pdf: {problem}");
                    continue;
                }
                if (page.Length == 0) continue;
                if (text.Length > 0) text.Append("\n\n");
                pages.Add(new DocumentPage(text.Length, number));
                text.Append(page);
                if (text.Length > options.MaxBytes)
                    throw new UnreadableDocumentException(path, FormattableString.Invariant($"over {options.MaxBytes} characters of text (ReadOptions.MaxBytes)"));
            }
            if (text.Length == 0)
                throw new UnreadableDocumentException(path, broken > 0 ? $"damaged pdf: {note}" : "empty: the pdf has no text (a scan?)");
            (string all, note) = TextDecoder.Clean(text.ToString(), note);
            string? title = pdf.Information.Title is { } stated ? TextDecoder.Clean(stated.Trim(), null).Text : null;
            return new ReadResult([new Document { Id = path, Text = all, Title = string.IsNullOrWhiteSpace(title) ? null : title, Pages = pages }], note);
        }
        catch (PdfDocumentEncryptedException e)
        {
            throw new UnreadableDocumentException(path, "encrypted pdf: it wants a password", innerException: e);
        }
        // hostile files make the reader fail in ways that have no common type
        catch (Exception e) when (e is not (UnreadableDocumentException or OperationCanceledException))
        {
            cancel.ThrowIfCancellationRequested();
            throw new UnreadableDocumentException(path, $"damaged pdf: {budget.Exceeded ?? DocumentFolder.Why(e)}", innerException: e);
        }
    }

    private static string Page(PdfDocument pdf, int number, PdfDrawings drawings, PdfBudget budget, CancellationToken cancel, out string? problem)
    {
        budget.NewPage();
        try
        {
            problem = drawings.WhyNot(number);
            if (problem is not null) return "";
            budget.NewPage();
            string text = ContentOrderTextExtractor.GetText(pdf.GetPage(number), addDoubleNewline: true);
            problem = budget.Exceeded;
            return problem is null ? text.ReplaceLineEndings("\n").Trim() : "";
        }
        catch (Exception e) when (e is not (OperationCanceledException or InsufficientExecutionStackException))
        {
            cancel.ThrowIfCancellationRequested();
            problem = budget.Exceeded ?? DocumentFolder.Why(e);
            return "";
        }
    }

    private static bool HasEndMark(Stream stream)
    {
        stream.Position = Math.Max(0, stream.Length - Tail);
        byte[] tail = new byte[Math.Min(Tail, stream.Length)];
        int read = stream.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        return tail.AsSpan(0, read).IndexOf("%%EOF"u8) >= 0;
    }
}
