namespace Kindred.Words.Training;

/// <summary>What a network is asked to tell.</summary>
public enum WordTrainingMethod
{
    /// <summary>From a word the words around it (Mikolov, Chen, Corrado &amp; Dean 2013, section 3.2). Best for rare words.</summary>
    SkipGram,

    /// <summary>From the mean of the words around a place the word that stands there (same paper, section 3.1). Several times as fast.</summary>
    Cbow,

    /// <summary>From a document, a line of the corpus, each of its words: PV-DBOW (Le &amp; Mikolov 2014, section 2.3). Makes document vectors; its word vectors stay as they began.</summary>
    Document,

    /// <summary>From the mean of a document and the words around a place the word that stands there: PV-DM (same paper, section 2.2). Makes document and word vectors.</summary>
    DocumentMemory,
}
